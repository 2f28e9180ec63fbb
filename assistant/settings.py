"""Every setting of Airmed, read once from the environment (`AIRMED_*`)."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from assistant.errors import SettingsError
from knowledge.embedding import BUNDLED

EMBEDDED = "embedded"
HUB = "hub:"
SERVER = ("http://", "https://")
SHORTEST_TOKEN = 16
PREFIX = "AIRMED_"
Names = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """What can be chosen.

    Attributes:
        llm: `embedded`, `hub:MODEL-ID`, or the base URL of an OpenAI-compatible server.
        llm_model: The model to ask for on a server; empty takes the first that the server offers.
        llm_key: The key of that server, where it wants one.
        llm_scrub: Whether placeholders go to that server in the place of names, numbers and addresses of people.
        embedding: The sentence-embedding model: the bundled one, a folder, or a model of the hub.
        data_dir: Where conversations, the index and feedback live.
        region: Two letters of the country whose emergency number is shown; empty follows the browser.
        threads: CPU threads of the embedded model.
        visitors: Conversations answered at the same time; more wait in the queue.
        database_url: A PostgreSQL URL for the records; empty keeps them in SQLite in the data folder.
        vault_key: Keys that seal the records, base64 of 32 bytes, the newest first, commas between; empty makes one.
        audit_key: The key that signs the audit log, base64 of 32 bytes; empty makes one in the data folder. Replicas on
            one PostgreSQL have to be given the same.
        retention_days: Days for which the conversation and the case of a patient who does not come back are kept.
        messages_per_minute, messages_per_hour, uploads_per_hour: For one visitor; an address may do five times as much.
        answers_per_address: Answers being written for one address at the same time.
        trust_proxy: Whether a visitor's address is the first in `X-Forwarded-For`, which the proxy has to write anew.
        metrics_token: What `/metrics` asks for; empty shows it to this machine alone.
        openid_provider, openid_client, openid_secret: Where clinicians' accounts are kept by OpenID Connect, and as
            what Airmed is known there; a Space sets all three. Empty leaves names and passwords alone.
        clinicians, auditors: User names of the accounts there that may come in, commas between.
        public_url: Where browsers find Airmed, for the way back from there; a Space tells it itself.
        mcp_token: What the MCP server asks for; empty makes one in the data folder.
        mcp_hosts: Names by which the MCP server is called besides this machine's own, commas between.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", populate_by_name=True)

    llm: str = EMBEDDED
    llm_model: str = ""
    llm_key: str = "none"
    llm_scrub: bool = True
    embedding: str = BUNDLED
    data_dir: Path = Field(default_factory=lambda: user_data_path("airmed"))
    region: str = Field("", pattern=r"^([A-Za-z]{2})?$")
    threads: int = Field(default_factory=lambda: min(os.cpu_count() or 2, 8), ge=1, le=256)
    visitors: int = Field(8, ge=1, le=256)
    database_url: SecretStr = SecretStr("")
    vault_key: SecretStr = SecretStr("")
    audit_key: SecretStr = SecretStr("")
    retention_days: int = Field(90, ge=1, le=36_500)
    messages_per_minute: int = Field(20, ge=1)
    messages_per_hour: int = Field(200, ge=1)
    uploads_per_hour: int = Field(60, ge=1)
    answers_per_address: int = Field(4, ge=1)
    trust_proxy: bool = False
    metrics_token: SecretStr = SecretStr("")
    openid_provider: str = Field("", validation_alias=AliasChoices("AIRMED_OPENID_PROVIDER", "OPENID_PROVIDER_URL"))
    openid_client: str = Field("", validation_alias=AliasChoices("AIRMED_OPENID_CLIENT", "OAUTH_CLIENT_ID"))
    openid_secret: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("AIRMED_OPENID_SECRET", "OAUTH_CLIENT_SECRET")
    )
    clinicians: Names = ()
    auditors: Names = ()
    public_url: str = Field("", validation_alias=AliasChoices("AIRMED_PUBLIC_URL", "SPACE_HOST"))
    mcp_token: SecretStr = SecretStr("")
    mcp_hosts: str = ""

    @field_validator("llm")
    @classmethod
    def _llm_is_known(cls, value: str) -> str:
        if value == EMBEDDED or (value.startswith(HUB) and value != HUB) or value.startswith(SERVER):
            return value
        raise ValueError(
            f"is {value!r}; use 'embedded', 'hub:MODEL-ID' or the http(s) URL of an OpenAI-compatible server"
        )

    @field_validator("metrics_token", "mcp_token")
    @classmethod
    def _token_is_long(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"is too short; `openssl rand -hex 32` makes one (at least {SHORTEST_TOKEN} characters)")
        return value

    @field_validator("clinicians", "auditors", mode="before")
    @classmethod
    def _names_have_commas_between(cls, value: Any) -> Any:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _url_is_whole(cls, value: str) -> str:
        first = value.partition(",")[0].strip().rstrip("/")  # a Space with a domain of its own names both
        return first if not first or first.startswith(SERVER) else f"https://{first}"

    @model_validator(mode="after")
    def _way_back_is_known(self) -> Self:
        if self.openid_provider and self.openid_client and not self.public_url:
            raise ValueError("AIRMED_PUBLIC_URL is missing; give the address at which browsers find Airmed")
        return self

    @property
    def database(self) -> Path:
        """The SQLite file of the records."""
        return self.data_dir / "airmed.sqlite"

    @property
    def vault_file(self) -> Path:
        """The keys that seal the records, where no setting gives them."""
        return self.data_dir / "vault.key"

    @property
    def audit_file(self) -> Path:
        """The key that signs the audit log, where no setting gives it."""
        return self.data_dir / "audit.key"

    @property
    def audit_public(self) -> Path:
        """The public key that the audit log is checked with; an auditor keeps a copy elsewhere."""
        return self.data_dir / "audit.pub"

    @property
    def mcp_token_file(self) -> Path:
        """What the MCP server asks for, where no setting gives it."""
        return self.data_dir / "mcp.token"

    @property
    def index_dir(self) -> Path:
        """The folder of the index over our own articles."""
        return self.data_dir / "index"

    @property
    def guidelines_dir(self) -> Path:
        """The folder of the index over the user's own documents."""
        return self.data_dir / "guidelines"

    @property
    def pictures_dir(self) -> Path:
        """The folder of the pictures that were made in conversations."""
        return self.data_dir / "pictures"

    def prepare_data_dir(self) -> Path:
        """Make the data folder.

        Raises:
            SettingsError: It cannot be written.
        """
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = self.data_dir / f".writable-{os.getpid()}"
            probe.touch()
            probe.unlink(missing_ok=True)  # a replica in another container may have the same number
        except OSError as error:
            raise SettingsError(
                f"The data folder {self.data_dir} cannot be written ({error.strerror}); "
                "set AIRMED_DATA_DIR to a folder that can."
            ) from error
        return self.data_dir


@cache
def settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: A value of the environment cannot be used; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper().removeprefix(PREFIX)
        told = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{PREFIX}{name} {told}." if name else f"{told}.") from error
