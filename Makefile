.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# The Python that the virtual environment is made with: 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make .venv with everything locked, and Certwright itself (does nothing if it is current)
	@$(PYTHON) scripts/environment.py .venv requirements/development.txt

.PHONY: demo
demo: setup ## From nothing to a certificate, in this terminal
	@$(BIN)/certwright demo

.PHONY: test
test: setup test-clients ## All tests: here with coverage, the unit tests on the newest Python beside them
	@newest=$$(mktemp); \
	$(MAKE) --no-print-directory test-newest > "$$newest" 2>&1 & beside=$$!; \
	$(MAKE) --no-print-directory test-all; here=$$?; \
	wait $$beside; there=$$?; \
	cat "$$newest"; rm -f "$$newest"; \
	exit $$((here ? here : there))

.PHONY: test-all
test-all: setup test-clients ## All tests on .venv's Python, with branch coverage of at least 95 %
	$(BIN)/pytest --cov --cov-report=term-missing:skip-covered --cov-fail-under=95

.PHONY: test-newest
test-newest: setup ## The unit tests on the newest Python here, if one newer than .venv's is found
	@newest=$$($(BIN)/python scripts/newest_python.py) && \
	if [ -z "$$newest" ]; then \
		echo "test-newest: skipped, no Python newer than .venv's was found"; \
	else \
		echo "test-newest: $$newest" && \
		"$$newest" scripts/environment.py .venv-newest requirements/development.txt && \
		.venv-newest/bin/pytest tests/unit; \
	fi

.PHONY: test-clients
test-clients: ## Make sure that the ACME clients which the end-to-end tests run are installed
	@scripts/test-clients

# Control planes at once: the tests wait for most of their time.
CLUSTERS ?= 3

.PHONY: test-operator
test-operator: setup test-clients ## The tests on a real API server: KUBECONFIG's, or one built here (needs Go; minutes, once)
	@$(BIN)/python -m tests.cluster.harness.prepare
	$(BIN)/pytest tests/cluster --numprocesses=$(CLUSTERS) --dist=loadfile

.PHONY: soak-operator
soak-operator: setup test-clients ## What is long on a real API server: ten thousand credentials, 20,000 certificates, outages
	$(BIN)/pytest tests/cluster -m soak

# Nodes at once: the tests wait for most of their time. A cluster that is given is one.
NODES ?= $(if $(KUBECONFIG),0,2)

.PHONY: test-cluster
test-cluster: setup ## The chart, the image and cert-manager on a real node: KUBECONFIG's, or one made here (root; needs Go)
	@scripts/test-cluster-packages
	@$(BIN)/python -m tests.cluster.harness.prepare --node
	$(BIN)/pytest tests/cluster/node -m "node and not soak" --numprocesses=$(NODES) --dist=loadfile

.PHONY: soak-cluster
soak-cluster: setup ## What is long on a real node: outages under load
	@scripts/test-cluster-packages
	@$(BIN)/python -m tests.cluster.harness.prepare --node
	$(BIN)/pytest tests/cluster/node -m "node and soak"

.PHONY: kind-up
kind-up: setup ## A cluster in Docker with everything in it, for KUBECONFIG=... make test-cluster (needs kind, Docker, root)
	@scripts/kind-up

.PHONY: bench
bench: setup ## CPU of the server for one certificate, measured on this machine
	$(BIN)/python -m bench.issuance

.PHONY: check
check: setup ## Format, lint, types, imports, generated files, locks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/check_locks.py requirements/*.txt
	scripts/check-generated

.PHONY: format
format: setup ## Format the code and mend what the linter can mend safely
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: crds
crds: setup ## Generate crds/ from the models, and the chart's copy of them
	$(BIN)/python -m certwright.resources.schema crds
	$(BIN)/python -m acme_server.stores.kubernetes.definitions crds/acme
	$(BIN)/python scripts/chart_crds.py

.PHONY: reference
reference: setup ## Generate docs/reference from definitions, values, settings, metrics and sentences
	$(BIN)/python -m scripts.reference docs/reference

# With extras, since pip before 24 takes coverage[toml] for another requirement than the pinned coverage,
# and asks for the newest: that is refused for want of a hash once there is a newer one.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-annotate --custom-compile-command "make lock"

.PHONY: lock
lock: setup ## Make the lock files again, keeping versions that still fit (all new: make lock UPGRADE=--upgrade)
	$(LOCK) $(UPGRADE) --extra operator --output-file requirements/runtime.txt
	$(LOCK) $(UPGRADE) --extra demo --extra operator --group development --group test \
		--constraint requirements/runtime.txt --output-file requirements/development.txt
