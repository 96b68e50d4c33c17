PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CORE := studio/native/_build/.built
C_FILES := $(shell find resources/firmware -name '*.[ch]') resources/firmware/build.py
STUDIO := $(BIN)/tinyml-studio
TEMPLATE ?= keyword
# For demo, test and accept: make test ARGS=tests/boards
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint screenshots bench-start bench-live bench-capture fuzz-quick fuzz torture soak accept clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) $(CORE)  ## .venv with everything, and the C core built

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	@command -v cc >/dev/null || command -v gcc >/dev/null || $(BIN)/python -m pip install --quiet -c constraints.txt ziglang
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(CORE): $(C_FILES) $(READY)
	$(BIN)/python resources/firmware/build.py
	@touch $@

demo: setup  ## the whole job on a virtual board: record, train, deploy, live beside the host
	$(STUDIO) demo --headless --template $(TEMPLATE) $(ARGS)

run: setup  ## the window
	$(STUDIO) gui

test: setup  ## every test that CI runs
	$(BIN)/python -m pytest -q $(ARGS)

lint: setup  ## ruff, mypy, import contract, C warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python resources/firmware/build.py --check

# docs/images holds three of them at 1440x900, reduced to 256 colours.
screenshots: setup  ## every page, light and dark, at several sizes, as PNG in build/screenshots
	QT_QPA_PLATFORM=offscreen $(BIN)/python tests/ui/screenshots.py

bench-start: setup  ## start to painted window, beside an empty one
	$(BIN)/python tests/bench/start.py

bench-live: setup  ## live drawing on Collect and Live, of each kind of sensor: CPU a frame, stalls, device time to paint
	$(BIN)/python tests/bench/live.py

bench-capture: setup  ## the same while movement and pictures are recorded beside it, and the CPU share of that
	$(BIN)/python tests/bench/live.py --capture

fuzz-quick: setup  ## 100,000 link frames, 10,000 images, 20,000 front ends under sanitizers (also part of `test`)
	$(BIN)/python tests/firmware/fuzz.py link --count 100000
	$(BIN)/python tests/firmware/fuzz.py image --count 10000
	$(BIN)/python tests/firmware/fuzz.py front_end --count 20000

fuzz: setup  ## 1,000,000 link frames, 100,000 images, 500,000 front ends under sanitizers
	$(BIN)/python tests/firmware/fuzz.py link --count 1000000
	$(BIN)/python tests/firmware/fuzz.py image --count 100000
	$(BIN)/python tests/firmware/fuzz.py front_end --count 500000

torture: setup  ## 200 kills, cables pulled, full disks and failing writes each, 50 closed windows; what is left is looked at
	$(BIN)/python tests/faults/kill_record.py --times 100
	$(BIN)/python tests/faults/kill_record.py --times 50 --sensor imu
	$(BIN)/python tests/faults/kill_record.py --times 50 --sensor camera
	$(BIN)/python tests/faults/torture.py --fault pull --times 200
	$(BIN)/python tests/faults/torture.py --fault full --times 200
	$(BIN)/python tests/faults/torture.py --fault failing --times 200
	$(BIN)/python -m tests.faults.close_window --times 50

soak: setup  ## an hour of sound, movement and marks to the sample, ten real minutes of it, 1 MB/s over each link, four clocks
	$(BIN)/python -m tests.soak.soak
	$(BIN)/python tests/soak/clocks.py

accept: setup  ## full-size acceptance on real data: words, gestures, pictures
	$(BIN)/python tests/end_to_end/accept.py $(ARGS)

clean:  ## remove what setup and builds made
	rm -rf $(VENV) studio/native/_build build *.egg-info
