#!/bin/sh
# same_seed.sh COMMAND…: two runs with one seed write the same report, but for what depends on time.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
report() {
  file=$1
  shift
  "$@" --shuffle --seed 11 --json "$folder/$file" >/dev/null
  grep -q '"timing"' "$folder/$file" || { echo "there is no report"; exit 1; }
  sed -i '/^\t"timing":/,$d' "$folder/$file"
}
report one "$@" -j1
report two "$@" -j4
diff "$folder/one" "$folder/two"
