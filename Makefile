.DEFAULT_GOAL := help
PYTHON ?= python3
ARGS ?=
BENCH ?=
PYTEST_ARGS ?=

# The release that the tests have run with.
TORCH ?= ==2.13.0

BIN := .venv/bin
RUN_READY := .venv/.run-ready
DEV_READY := .venv/.dev-ready
MLFLOW_READY := .venv-mlflow/.ready
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The project and its tracking plugin: two distributions.
DISTRIBUTIONS := pyproject.toml src/kedro_wandb/pyproject.toml
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-package kedro-wandb --upgrade

# All but torch, whose builds are the user's choice.
ALL_EXTRAS := $(addprefix --extra ,build dask dev docs notebooks s3 serve tuning viz)

.PHONY: help run weekly serve test lint format viz viz-build notebook docs docs-serve bench pictures torch vendor package lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-11s %s\n", $$1, $$2}'

run: $(RUN_READY) ## train and judge a model from the drops (ARGS="--params drops=FOLDER" and any kedro option)
	$(BIN)/kedro run $(ARGS)
	@echo "Results are in data/08_reporting: begin with model_card.md."

# Exit status 3: nothing new, and it has said so.
weekly: $(RUN_READY) ## do what a new delivery asks for: check, train, release, price (ARGS="--dry-run")
	$(BIN)/kedro weekly $(ARGS) || test $$? -eq 3

serve: $(RUN_READY) ## estimate prices on request, and on a page, by the model in production (ARGS="--port 8001")
	$(BIN)/kedro serve $(ARGS)

# Modules stay compiled: the tests start hundreds of processes, and each would do it again.
test: export PYTHONDONTWRITEBYTECODE :=

test: $(DEV_READY) lint ## lint, then run the tests (PYTEST_ARGS="-m ''" for the slow ones too)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(DEV_READY) ## check style, types, module boundaries and that notebooks hold no outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify notebooks/*.ipynb
	$(BIN)/hadolint Dockerfile
	$(BIN)/zizmor --offline --quiet .github/workflows

format: $(DEV_READY) ## format the code and strip outputs from notebooks
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/nbstripout notebooks/*.ipynb

viz: $(DEV_READY) ## show the pipelines, data and figures in the browser (kedro-viz)
	$(BIN)/kedro viz run $(ARGS)

viz-build: $(DEV_READY) ## write the same as a static site with its previews into build/
	$(BIN)/kedro viz build --include-previews
	$(BIN)/python tools/no_foreign_links.py build

notebook: $(DEV_READY) ## open JupyterLab on the first notebook, in a Kedro session
	$(BIN)/kedro jupyter lab notebooks/01_explore_listings.ipynb $(ARGS)

# Material for MkDocs tells of its successor at every start.
docs docs-serve: export NO_MKDOCS_2_WARNING := 1

docs: $(DEV_READY) ## build the site of the documentation into site/
	$(BIN)/mkdocs build --strict

docs-serve: $(DEV_READY) ## read it at http://127.0.0.1:8000, built anew when a page changes
	$(BIN)/mkdocs serve --strict $(ARGS)

# Each script writes its own part of docs/benchmarks.md; the quick form writes nothing.
bench: $(DEV_READY) $(MLFLOW_READY) ## measure what the documents claim (BENCH="weekly_job growth", ARGS=--quick)
	$(BIN)/python benchmarks/bench.py $(BENCH) $(ARGS)

pictures: $(DEV_READY) ## take the README's pictures anew, from kedro-viz and a weekly report (needs chromium)
	$(BIN)/python docs/take_pictures.py

# From the index that pip is set up for. On Linux PyPI's build carries CUDA (gigabytes): where that is
# not wanted, put PyTorch's CPU build into .venv as its own site says, before.
torch: $(DEV_READY) ## add PyTorch, for modeling.estimator=neural_network
	$(INSTALL) 'torch$(TORCH)'

# Plotly's at the version that the installed plotly.py is made for, dagre's at one that is named.
vendor: $(DEV_READY) ## take the scripts of the weekly report and the tracked page anew (needs npm)
	$(BIN)/python tools/take_plotly.py
	$(BIN)/python tools/take_dagre.py

# What an earlier build left would get into the wheels. Kedro's own archive leaves out *.yml of
# conf/local alone; ours is without anything in it.
package: $(DEV_READY) ## build both wheels and the archive of the configuration into dist/
	rm -rf build src/kedro_wandb/build dist
	$(BIN)/kedro package
	$(BIN)/python -m build --wheel --outdir dist src/kedro_wandb
	tar --exclude='conf/local/[!.]*' -czf dist/conf-rental_pricing.tar.gz conf

lock: $(DEV_READY) ## pin all dependencies anew, within the ranges of both pyproject.toml
	$(LOCK) $(ALL_EXTRAS) $(DISTRIBUTIONS) --output-file requirements/dev.lock
	$(LOCK) requirements/mlflow.in $(DISTRIBUTIONS) --output-file requirements/mlflow.lock
	$(LOCK) --extra build --extra serve --extra tuning --constraint requirements/dev.lock $(DISTRIBUTIONS) --output-file requirements/run.lock

clean: ## remove the environment and all caches; data and results stay
	rm -rf .venv .venv-mlflow .viz build dist site .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis src/*.egg-info src/kedro_wandb/build src/kedro_wandb/*.egg-info
	find src tests benchmarks docs notebooks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make run PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv

# The locks hold every package with its hashes; the project and its plugin are linked, not copied.
$(RUN_READY): requirements/run.lock $(DISTRIBUTIONS) | $(BIN)/python
	@echo "Installing what a run needs into .venv (once; about a minute) ..."
	$(INSTALL) --require-hashes -r requirements/run.lock
	$(INSTALL) --no-deps --no-build-isolation -e . -e src/kedro_wandb
	touch $@

$(DEV_READY): requirements/dev.lock $(DISTRIBUTIONS) | $(BIN)/python
	@echo "Installing what the tests need into .venv (once; a few minutes) ..."
	$(INSTALL) --require-hashes -r requirements/dev.lock
	$(INSTALL) --no-deps --no-build-isolation -e . -e src/kedro_wandb
	touch $(RUN_READY) $@

# MLflow beside a run of this project, for benchmarks. kedro-mlflow is put aside: Kedro would load
# it in every run, also in those that are measured without it.
$(MLFLOW_READY): requirements/mlflow.lock | $(BIN)/python
	@echo "Installing MLflow into .venv-mlflow (once; a minute) ..."
	rm -rf .venv-mlflow
	$(PYTHON) -m venv .venv-mlflow
	.venv-mlflow/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/mlflow.lock
	mkdir .venv-mlflow/plugin
	mv .venv-mlflow/lib/python3*/site-packages/kedro_mlflow* .venv-mlflow/plugin/
	touch $@
