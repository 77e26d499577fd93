#!/usr/bin/env bash
# Asks one question of a program built without cgo, with an empty data folder and no model: part of make test.
set -eu
bin=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
answer=$("$bin" ask --data "$dir/data" --models "$dir/none" 今年新增多少学位)
case $answer in
  *2800*) echo "lexical build answers: ok" ;;
  *) echo "lexical build answered: $answer" >&2; exit 1 ;;
esac
