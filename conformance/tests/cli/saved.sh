#!/bin/sh
# saved.sh COMMAND…: a property that breaks is saved, always the same; one that holds is not.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for run in one two; do
  "$@" --save-failures "$folder/$run" --name "property/numbers/3 never comes before 7" >"$folder/output" 2>&1
  [ $? -eq 1 ] || { echo "the run did not fail"; cat "$folder/output"; exit 1; }
done
grep -qF "saved as $folder/two/histories/3-never-comes-before-7-seed-1-history-1.lua" "$folder/output" || { cat "$folder/output"; exit 1; }
[ "$(ls "$folder"/one/histories)" = "$(ls "$folder"/two/histories)" ] || { echo "other files the second time"; exit 1; }
[ "$(cat "$folder"/one/histories/*)" = "3 7 " ] || { echo "not the shortest:"; cat "$folder"/one/histories/*; exit 1; }
