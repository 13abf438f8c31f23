#!/bin/sh
# schemas.sh recording|all-kinds|messages SCHEMAS FOUNDRYCHECK ARGUMENTS OF run: what such a run records, or says to its testee and hears, fits its
# schemas; and one line of it that is spoilt does not.
what=$1 schemas=$2 program=$3
shift 3
here=$(dirname "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
case $what in
  recording | all-kinds) option=--record spoil='/^{"session"/s/^{"session"/{"stranger":1,"session"/' ;;
  *) option=--trace spoil='/started/s/started/stopped/' ;;
esac
"$program" run "$@" "$option" "$folder/lines" >"$folder/out" 2>&1
[ -s "$folder/lines" ] || { echo "nothing was written"; cat "$folder/out"; exit 1; }
/usr/bin/python3 "$here/schemas.py" "$what" "$schemas" "$folder/lines" || exit 1
sed "$spoil" "$folder/lines" >"$folder/spoilt"
if /usr/bin/python3 "$here/schemas.py" "$what" "$schemas" "$folder/spoilt" >"$folder/out"; then
  echo "a spoilt line fits as well"
  exit 1
fi
