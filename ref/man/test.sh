#!/usr/bin/env bash
# test.sh FOLDER HEADER: the manual pages are there, for each program and each call, and are good mdoc.
# Exit codes: 0 they are, 1 they are not, 77 there is no mandoc to look at them.
set -euo pipefail
folder=$1 header=$2

failed=0
complain() { printf '%s\n' "$*"; failed=1; }

for name in vmxsync vmxsync-testee foundry-mock foundrycheck; do
  [ -s "$folder/man1/$name.1" ] || complain "there is no $name(1)"
done
grep -oE '\bvmx_[a-z_]+\(' "$header" | tr -d '(' | sort -u | while read -r name; do
  [ -s "$folder/man3/$name.3" ] || printf '%s\n' "$name"
done >"$folder/missing"
[ ! -s "$folder/missing" ] || complain "no page in section 3 for: $(tr '\n' ' ' <"$folder/missing")"
grep -nE '^@|@[A-Z]+@' "$folder"/man?/* && complain "a directive of a template is left"
[ $failed -eq 0 ] || exit 1

if ! command -v mandoc >/dev/null; then
  echo "mandoc is missing (ci/deps --test installs it): the pages were not looked at"
  exit 77
fi
mandoc -Tlint -W warning "$folder"/man?/*
# What a reader of vmx_start_sync(3) needs comes through the whole way.
page=$(mandoc -Tutf8 "$folder/man3/vmx_start_sync.3" | col -b)
for words in 'start a sync' 'struct vmx_client \*client' '2304' 'API-01'; do
  grep -q "$words" <<<"$page" || complain "vmx_start_sync(3) does not say: $words"
done
page=$(mandoc -Tutf8 "$folder/man1/vmxsync.1" | col -b)
for words in '--storage DIR' 'uploadBatchSize' 'pending'; do
  grep -q -- "$words" <<<"$page" || complain "vmxsync(1) does not say: $words"
done
exit $failed
