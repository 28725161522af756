# Everything runs from .venv, which the first target that needs it makes. PYTHON chooses the Python it is made with.

PYTHON ?= python3
BIN := .venv/bin
# Half as many workers again as cores, where tests wait for kernels and sandboxes.
WORKERS = $(shell $(PYTHON) -c 'import os; print(max(2, os.cpu_count() * 3 // 2))')
PYTEST := OMP_NUM_THREADS=1 pytest --dist loadfile --no-loadscope-reorder
REFUSE_OLD_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "The course needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
export PATH := $(CURDIR)/$(BIN):$(PATH)

help: ## show this list
	@echo "make TARGET, where TARGET is one of"
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 12

demo: .venv/ready ## run the notebooks on data that need no download, build the student versions, grade a class of 12
	python -m autograder execute --profile quick --html build/demo
	python -m autograder build
	python -m autograder build --check
	rm -rf build/class
	python tests/sample_class.py build/class/submitted
	python -m autograder init build/class/course > build/class/init.txt
	python -m autograder grade build/class/submitted --course build/class/course --timeout 15

lab: .venv/ready ## open your copies of the student notebooks, in work/, in JupyterLab
	@mkdir -p work
	@for n in notebooks/*.ipynb; do test -e work/$$(basename $$n) || cp $$n work/; done
	jupyter lab work

style: .venv/ready
	ruff check .
	ruff format --check .
	lint-imports

check: style ## style, import rules, and the short tests that start no kernel, no sandbox and no browser
	$(PYTEST) -n auto -m "not (kernel or sandbox or browser or long or night)" --doctest-modules \
		tests lab_cnn_solution.py losssurf_lab_utils.py losssurf_lab

test: style ## what every change must pass; LOSSSURF_DATA=FOLDER adds the tests on MNIST
	$(PYTEST) -n $(WORKERS) -m "not night"

test-all: style ## everything: all attacks, 20 seeds, all mutants; hours on two cores
	$(PYTEST) -n $(WORKERS)

oldest: ## the tests of the helpers, and a notebook, with the oldest libraries that the students' edition allows
newest: ## the same with the newest
oldest newest:
	@$(REFUSE_OLD_PYTHON)
	$(PYTHON) tests/versions.py $@

site: .venv/ready ## build/site: the notebooks with their outputs and the guides, to be read in a browser; URL=ADDRESS adds launch buttons
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[site]'
	python docs/website.py build/site $(if $(URL),--url $(URL))

gpu: ## what a GPU makes of the course, into docs/gpu.md; needs no .venv, and runs with PYTHON
	$(PYTHON) benchmarks/gpu.py

clean: ## remove what the other targets made: .venv, build, caches
	rm -rf .venv build .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: pyproject.toml constraints.txt
	@$(REFUSE_OLD_PYTHON)
	@echo "Setting up .venv (several GB with PyTorch, a minute or more) ..."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[instructor,ci,cluster]'
	@touch .venv/ready

.PHONY: help demo lab style check test test-all oldest newest site gpu clean
