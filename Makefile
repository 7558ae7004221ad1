# artifactapi: every target installs the Debian packages it needs (tools/packages.txt) and then only calls
# cmake, ctest, pytest and the scripts in tools/.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

TYPE ?= apt
FUZZ_SECONDS ?= 30
LISTEN ?= 0.0.0.0:8000
PREFIX ?= /usr/local
# Where `make install` and `make deb` take everything from.
BUILD ?= build/release
PYTHON := /usr/bin/python3
PYTEST := $(PYTHON) -m pytest -q -ra -p no:cacheprovider
# Package managers install into a root directory of their own, which only root may do.
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo) env PYTHONDONTWRITEBYTECODE=1 E2E_REQUIRE=$(E2E_REQUIRE)
# The clients of tools/fetch_clients that a TYPE of e2e wants; all, where nothing is said.
CLIENTS_apt := none
CLIENTS_rpm := none
CLIENTS_docker := unpack go
CLIENTS_helm := unpack go
CLIENTS_pypi := pypi venv
CLIENTS_npm := node npm
# Processes of the process tests: they wait more than they compute.
PYTEST_WORKERS ?= 2

.PHONY: help build run test unit process quick-e2e e2e check format asan tsan fuzz bench install uninstall deb packaged footprint install-deps clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## compile the release binary: build/release/artifactapi
	@tools/install_packages build
	@tools/build release artifactapi

run: build ## serve remotes.yaml on port 8000 (LISTEN=ADDRESS:PORT), data in ./data
	build/release/artifactapi serve --config remotes.yaml --listen $(LISTEN) --data-dir data

test: ## all tests that CI runs: unit, process, and real apt, dnf and npm clients
	@tools/install_packages build test e2e package
	@tools/build dev
	@tools/run_unit_tests build/dev
	@tools/check_docs build/dev/artifactapi
	@$(MAKE) process PRESET=dev
	@tools/fetch_clients node npm
	@$(MAKE) quick-e2e

unit: ## unit tests only
	@tools/install_packages build test
	@tools/build dev
	@tools/run_unit_tests build/dev

PRESET ?= dev
process: # process tests of one preset, which must be built
	@ARTIFACTAPI_BIN=$(CURDIR)/build/$(PRESET)/artifactapi $(PYTEST) -n $(PYTEST_WORKERS) --dist loadfile -m "not heavy" tests

quick-e2e: # the clients that need seconds, against the dev binary
	@$(AS_ROOT) ARTIFACTAPI_BINARY=$(CURDIR)/build/dev/artifactapi $(PYTEST) e2e/apt e2e/rpm e2e/npm/test_npm.py e2e/packaging e2e/metrics

e2e: build ## a real package manager against the release binary: make e2e TYPE=apt, or TYPE=all
	@tools/install_packages test e2e package
	@tools/fetch_clients $(CLIENTS_$(TYPE))
	@$(AS_ROOT) ARTIFACTAPI_BINARY=$(CURDIR)/build/release/artifactapi $(PYTEST) $(if $(filter all,$(TYPE)),e2e,e2e/$(TYPE))

check: ## format, layers, file lengths, links in the docs, clang-tidy on changed files (TIDY=all, pure, none)
	@tools/install_packages build test check
	@tools/check

format: ## rewrite our sources in the project's format
	@tools/install_packages check
	@tools/sources | xargs -r clang-format-19 -i

asan: ## unit and process tests with the address, undefined behaviour and leak sanitizers
	@tools/install_packages build test
	@tools/build asan
	@source tools/sanitizer_options && tools/run_unit_tests build/asan && $(MAKE) process PRESET=asan

tsan: ## unit and process tests with the thread sanitizer
	@tools/install_packages build test
	@tools/build tsan
	@source tools/sanitizer_options && tools/run_unit_tests build/tsan && $(MAKE) process PRESET=tsan

fuzz: ## run every fuzz target for FUZZ_SECONDS (default 30)
	@tools/install_packages build test
	@tools/build fuzz fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tools/run_fuzzers build/fuzz

bench: ## micro benchmarks, then side by side with other servers (BENCH_FLAGS, see bench/README.md)
	@tools/install_packages build test bench
	@tools/build release artifactapi
	@tools/run_benchmarks build/release

install: ## install the release binary, manual page, completions, unit, example: PREFIX (/usr/local), DESTDIR
	@$(MAKE) packaged
	@cmake --install $(BUILD) --prefix $(PREFIX) --component program --strip

uninstall: ## remove what `make install` put there, but not configuration and data
	@packaging/uninstall $(BUILD)/install_manifest_program.txt

deb: ## build/release/packages/artifactapi_*.deb
	@$(MAKE) packaged
	@cd $(BUILD) && cpack -G DEB

packaged: # compile what is installed
	@tools/install_packages build package
	@tools/build $(notdir $(BUILD)) artifactapi documents

footprint: build ## measure the release binary: its size, the time to its first answer, its idle memory
	@$(PYTHON) tools/measure_footprint build/release/artifactapi

install-deps: ## install every package that any target needs
	@tools/install_packages build test check bench e2e package

clean: ## delete build/ (not data/)
	rm -rf build
