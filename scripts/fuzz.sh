#!/usr/bin/env bash
# Runs every fuzz target of the module for the given time. Fails when there is none.
set -eu
time=${1:-20s}
n=0
for dir in $(go list -f '{{.Dir}}' ./...); do
  for target in $(grep -ohE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go 2>/dev/null | sed 's/func //'); do
    echo "fuzz $target in ${dir##*/}"
    (cd "$dir" && CGO_ENABLED=1 go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 20x .)
    n=$((n + 1))
  done
done
[ "$n" -gt 0 ] || { echo "no fuzz targets found" >&2; exit 1; }
echo "$n fuzz targets passed"
