# The doors of Mingchu. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test lint fmt bench train clean setup setup-test ui

export PATH := $(CURDIR)/.tools/node/bin:$(CURDIR)/.tools/nextest/bin:$(PATH):$(HOME)/.cargo/bin

# Models: a folder named by the caller, else the project's own, else one beside the clone.
MODELS := $(firstword $(MINGCHU_MODELS) $(if $(wildcard analyzer/models/*.onnx),$(CURDIR)/analyzer/models) \
            $(if $(wildcard ../shared/models/*.onnx),$(abspath ../shared/models)))
ifneq ($(MODELS),)
export MINGCHU_MODELS := $(MODELS)
endif
export ORT_DYLIB_PATH ?= $(CURDIR)/.tools/onnxruntime/libonnxruntime.so

# Debian's python3-torch and python3-opencv belong to the system's own Python.
TRAIN_PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
STAGE := scripts/stage
CARGO_WEB_ONLY := -p mingchu --no-default-features --features web
UI_SOURCES := $(shell find web/ui \( -name node_modules -o -name dist \) -prune -o -type f -print 2>/dev/null)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: setup ui ## build and start the demo district, from nothing (ARGS='--port 8080' and the like)
	@$(STAGE) 'build (release)' cargo build --release --locked
	@exec '$(TARGET)/release/mingchu' demo $(ARGS)

test: ## everything CI checks, from nothing; each stage stops the run when it fails
	@$(STAGE) 'setup' scripts/setup test
	@$(STAGE) 'format' cargo fmt --all --check
	@$(STAGE) 'footage truth' python3 tests/footage/check_truth.py
	@$(STAGE) 'training, small' env -C analyzer $(TRAIN_PYTHON) -m training.test_training
	@$(STAGE) 'ui: types' npm --prefix web/ui run typecheck
	@$(STAGE) 'ui: lint' npm --prefix web/ui run lint
	@$(STAGE) 'ui: tests' npm --prefix web/ui test
	@$(STAGE) 'ui: build' $(MAKE) --no-print-directory ui
	@$(STAGE) 'clippy' cargo clippy --workspace --all-targets --locked -- -D warnings
	@$(STAGE) 'web role without GStreamer and OpenCV' cargo check $(CARGO_WEB_ONLY) --locked
	@RUSTDOCFLAGS='-D warnings' $(STAGE) 'rustdoc' cargo doc --workspace --no-deps --locked
	@$(STAGE) 'tests: build' cargo nextest run --workspace --locked --no-run
	@MINGCHU_TEST_POSTGRES=1 $(STAGE) 'tests' cargo nextest run --workspace --locked
	@MINGCHU_BIN='$(TARGET)/debug/mingchu' $(STAGE) 'browser tests' npm --prefix tests/browser test

lint: setup-test ui ## format, clippy, rustdoc and the browser part's types and lint
	@$(STAGE) 'format' cargo fmt --all --check
	@$(STAGE) 'ui: types' npm --prefix web/ui run typecheck
	@$(STAGE) 'ui: lint' npm --prefix web/ui run lint
	@$(STAGE) 'clippy' cargo clippy --workspace --all-targets --locked -- -D warnings
	@RUSTDOCFLAGS='-D warnings' $(STAGE) 'rustdoc' cargo doc --workspace --no-deps --locked

fmt: ## format all sources
	cargo fmt --all
	npm --prefix web/ui run format --if-present

bench: setup ui ## what the demo costs while it idles, and how many streams the simulator carries
	@$(STAGE) 'build (release)' cargo build --release --locked
	@python3 scripts/bench.py '$(TARGET)/release/mingchu'

train: ## train the models from data sets beside the clone (ARGS='--help'; hours on two cores)
	@cd analyzer && nice -n 19 $(TRAIN_PYTHON) -m training $(ARGS)

clean: ## remove what was built and installed inside the clone
	cargo clean
	rm -rf .tools web/ui/dist web/ui/node_modules tests/browser/node_modules tests/browser/screenshots

setup:
	@$(STAGE) 'setup' scripts/setup run

setup-test:
	@$(STAGE) 'setup' scripts/setup test

ui: web/ui/dist/index.html

web/ui/dist/index.html: $(UI_SOURCES)
	npm --prefix web/ui run build
	@touch $@
