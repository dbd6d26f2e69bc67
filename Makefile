# The one list of commands. "make" alone prints it: each target describes
# itself behind "##".

SHELL := /bin/bash
.DEFAULT_GOAL := help

GOLANGCI_LINT := v2.15.0
FUZZTIME      ?= 10s
ARGS          ?=

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
# The commit's time, not the clock's: the same sources give the same binary.
DATE    := $(shell git log -1 --format=%cI 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.date=$(DATE)

# The race detector needs room; a hung test should not take the night.
GOTEST := go test -race -timeout 15m

UI_SOURCES := $(shell find ui/src ui/public ui/index.html ui/vite.config.ts ui/tsconfig.json -type f 2>/dev/null)

.PHONY: help
help: ## print this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 12

## Run

.PHONY: build
build: ui/dist/index.html ## build the web application and bin/opengam
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/opengam ./cmd/opengam

.PHONY: demo
demo: build ## run the manager with a simulated fleet (ARGS="--devices 10 …")
	bin/opengam demo $(ARGS)

.PHONY: serve
serve: build ## run the manager, data in ./data (ARGS="--listen :8001 …")
	bin/opengam serve $(ARGS)

## Test

.PHONY: setup
setup: ## install what the tests need and is missing (apt-get, idempotent)
	@scripts/setup.sh

.PHONY: test
test: setup ui-check lint go-test e2e ## everything: lint, Go tests with -race, web application, browser tests

.PHONY: check
check: types ## the quick look before a commit: short Go tests, types, lint; under two minutes
	go test -short -timeout 5m ./...
	@$(MAKE) --no-print-directory lint

.PHONY: go-test
go-test: ## Go tests with the race detector; fuzz targets run their seeds
	$(GOTEST) ./...

.PHONY: lint
lint: ## golangci-lint, pinned, built once into bin/tools
	@scripts/golangci-lint.sh $(GOLANGCI_LINT) run

.PHONY: types
types: ui/node_modules/.installed ## check the types of the web application
	npm --prefix ui run typecheck

.PHONY: ui-check
ui-check: types ui/dist/index.html ## types, unit tests and build of the web application
	npm --prefix ui run test

.PHONY: e2e
e2e: build e2e/node_modules/.installed ## browser tests: the built binary, its simulated fleet, Chromium
	npm --prefix e2e test

.PHONY: fuzz
fuzz: ## fuzz every target for a while (FUZZTIME=10s each)
	scripts/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: ## the benchmarks behind docs/performance.md
	go test -run '^$$' -bench . -benchmem -timeout 30m ./...

.PHONY: cover
cover: ## which statements the tests reach, per function, in coverage.out
	go test -coverprofile coverage.out -coverpkg ./internal/...,./ui/... ./...
	go tool cover -func coverage.out | tail -1

## Generate

.PHONY: generate
generate: ui/node_modules/.installed ## rewrite ui/openapi.json from the API and the types from it
	go generate ./internal/api
	npm --prefix ui run gen

.PHONY: verify
verify: generate ## fail when generated files, go.mod or formatting are not what they should be
	git diff --exit-code -- ui/openapi.json
	go mod tidy -diff
	go mod verify
	@test -z "$$(gofmt -l cmd internal ui/*.go | tee /dev/stderr)"

.PHONY: clean
clean: ## remove what was built; data folders stay
	rm -rf bin coverage.out ui/node_modules e2e/node_modules e2e/out
	find ui/dist -mindepth 1 ! -name .gitkeep -delete

# Files

ui/node_modules/.installed: ui/package.json ui/package-lock.json
	npm --prefix ui ci --no-audit --no-fund
	@touch $@

ui/dist/index.html: ui/node_modules/.installed $(UI_SOURCES)
	npm --prefix ui run build
	@touch $@

e2e/node_modules/.installed: e2e/package.json e2e/package-lock.json
	npm --prefix e2e ci --no-audit --no-fund
	@touch $@
