#!/bin/bash
# Runs every fuzz target of the module for a short time each.
# usage: scripts/fuzz.sh [time per target, default 10s]
set -euo pipefail

each=${1:-10s}
grep -rl --include='*_test.go' '^func Fuzz' internal cmd ui | xargs -r -n1 dirname | sort -u | while read -r dir; do
	grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | sed 's/^func //' | sort -u | while read -r target; do
		echo "== $dir $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$each" "./$dir"
	done
done
