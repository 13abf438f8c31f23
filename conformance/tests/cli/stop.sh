#!/bin/sh
# stop.sh SIGNAL COMMAND…: the command is stopped by two signals while its testee hangs. It ends soon by itself, with
# exit code 3, and leaves no folder and no process behind. "About to hang" is what the testee says when it is there.
signal=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tmp"
TMPDIR=$work/tmp "$@" --trace "$work/trace" > "$work/output" 2>&1 &
runner=$!
until grep -q 'about to hang' "$work/trace" 2> /dev/null; do
  kill -0 "$runner" 2> /dev/null || { cat "$work/output"; exit 1; }
done
testee=$(sed -n 's/.*"testee": \([0-9]*\), "log".*/\1/p' "$work/trace" | head -n 1)
kill -s "$signal" "$runner"
kill -s "$signal" "$runner" 2> /dev/null
wait "$runner"
code=$?
failed=0
[ "$code" -eq 3 ] || { echo "exit code $code, expected 3"; failed=1; }
grep -q 'stopped' "$work/output" || { echo "not printed: stopped"; failed=1; }
[ -z "$(ls -A "$work/tmp")" ] || { echo "left behind: $(ls -A "$work/tmp")"; failed=1; }
[ -n "$testee" ] || { echo "the trace names no testee"; failed=1; }
if kill -0 "$testee" 2> /dev/null; then echo "the testee $testee still runs"; failed=1; fi
[ "$failed" -eq 0 ] || { echo "--- output"; cat "$work/output"; }
exit "$failed"
