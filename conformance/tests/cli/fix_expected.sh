#!/bin/sh
# fix_expected.sh COMMAND…: --fix-expected takes out what is stale, keeps every comment, lists what failed, and the
# list that it wrote is refused until its reasons are written; then it makes the run conform.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
list=$folder/expected.txt
cat >"$list" <<'END'
# the top
[scenario verdict/checks/a check holds]
# about this one
reason = it once failed
link = T-2
# the end
END
"$@" --expected "$list" --fix-expected >"$folder/output" 2>&1
[ $? -eq 1 ] || { echo "the run did not fail"; cat "$folder/output"; exit 1; }
for comment in "# the top" "# about this one" "# the end" "[scenario verdict/checks/a MUST is broken]" "check   = UPC-02"; do
  grep -qxF "$comment" "$list" || { echo "not in the list: $comment"; cat "$list"; exit 1; }
done
! grep -q "once failed" "$list" || { echo "the stale entry is still there"; exit 1; }
"$@" --expected "$list" >"$folder/output" 2>&1
[ $? -eq 2 ] && grep -q "is still to be written" "$folder/output" || { echo "reasons need not be written"; cat "$folder/output"; exit 1; }
sed -i 's/(to be written)/because/' "$list"
"$@" --expected "$list" >"$folder/output" 2>&1 || { echo "the fixed list does not do"; cat "$list" "$folder/output"; exit 1; }
