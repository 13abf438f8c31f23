#!/bin/sh
# replay.sh FOUNDRYCHECK FOLDER -- ARGUMENTS OF run: a recorded run of this folder's scenarios, judged again, gives the same report and
# the same exit code, but for what depends on time.
program=$1 scenarios=$2
shift 3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$program" run --scenarios "$scenarios" "$@" --record "$folder/run.ndjson" --json "$folder/one" >/dev/null 2>"$folder/errors"
first=$?
"$program" replay "$folder/run.ndjson" --scenarios "$scenarios" --json "$folder/two" >/dev/null 2>>"$folder/errors"
second=$?
[ $first -eq $second ] || { echo "exit code $first, and $second when it was judged again"; cat "$folder/errors"; exit 1; }
for report in one two; do
  grep -q '"timing"' "$folder/$report" || { echo "there is no report"; cat "$folder/errors"; exit 1; }
  sed -i '/^\t"timing":/,$d' "$folder/$report"
done
diff "$folder/one" "$folder/two"
