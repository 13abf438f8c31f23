#!/bin/sh
# expect.sh CODE TEXT… -- COMMAND…: the command ends with CODE, and prints each TEXT ("!TEXT": does not).
# It runs in a temporary folder that must be empty afterwards: nothing is left behind.
code=$1
shift
texts=$(mktemp) output=$(mktemp) folder=$(mktemp -d)
trap 'rm -rf "$texts" "$output" "$folder"' EXIT
while [ "$1" != "--" ]; do
  printf '%s\n' "$1" >> "$texts"
  shift
done
shift
TMPDIR=$folder "$@" > "$output" 2>&1
actual=$?
failed=0
if [ "$actual" -ne "$code" ]; then
  echo "exit code $actual, expected $code"
  failed=1
fi
while IFS= read -r text; do
  case $text in
    !*) if grep -qF -- "${text#!}" "$output"; then echo "printed, but must not be: ${text#!}"; failed=1; fi ;;
    *) if ! grep -qF -- "$text" "$output"; then echo "not printed: $text"; failed=1; fi ;;
  esac
done < "$texts"
if [ -n "$(ls -A "$folder")" ]; then
  echo "left behind: $(ls -A "$folder")"
  failed=1
fi
[ "$failed" -eq 0 ] || { echo "--- output"; cat "$output"; }
exit "$failed"
