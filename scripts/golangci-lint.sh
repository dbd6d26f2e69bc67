#!/bin/bash
# Runs golangci-lint in the version given as first argument, building it once
# into bin/tools through the Go module proxy. It is not a "tool" line in
# go.mod: its two hundred dependencies would become ours.
set -euo pipefail

version=$1
shift
bin=bin/tools/golangci-lint-$version
if [ ! -x "$bin" ]; then
	echo "building golangci-lint $version (once, a minute or two)"
	build=$(mktemp -d)
	trap 'rm -rf "$build"' EXIT
	GOFLAGS=-trimpath GOBIN=$build go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
	mkdir -p bin/tools
	mv "$build/golangci-lint" "$bin"
fi
exec "$bin" "$@"
