#!/bin/sh
# Command line of vmxsync: what it prints and how it ends, without any server.
#   test.sh PROGRAM SOURCE_FOLDER
program=$1 source=$2
[ -x "$program" ] || { echo "there is no program $program"; exit 3; }
folder=$(mktemp -d) || exit 3
trap 'rm -rf "$folder"' EXIT
failures=0

# expect CODE PATTERN arguments…: run, compare the exit code, find the pattern in both outputs together.
expect() {
  wanted=$1 pattern=$2
  shift 2
  output=$("$program" "$@" 2>&1 </dev/null)
  code=$?
  if [ $code -ne "$wanted" ] || ! printf '%s\n' "$output" | grep -q -e "$pattern"; then
    printf 'FAILED: vmxsync %s\n  expected exit %s and "%s", got exit %s:\n%s\n' "$*" "$wanted" "$pattern" $code "$output"
    failures=$((failures + 1))
  fi
}

# Help and version
expect 0 'usage: vmxsync COMMAND' --help
expect 0 '^vmxsync [0-9]' --version
expect 0 'storage DIR.*required' sync --help
expect 0 'record JSON' create --help
expect 0 '^uploadBatchSize' options
expect 0 '^# Options of startSync' options --markdown
expect 0 'syncMode=' options --dict

expect 0 '^orderByMap (list; get)' options --local
expect 0 '^trackChanges (boolean; create, update, delete)' options --local
expect 0 'query SQL.*required' select --help

# Usage: 2 and one sentence
expect 2 'no command given'
expect 2 'unknown command "snyc"' snyc
expect 2 '--storage DIR is missing' sync
expect 2 'unknown argument "--bad"' sync --bad
expect 2 '--record does not belong to this command' sync --record '{}'
expect 2 '--storage needs a value' sync --storage
expect 2 '--quiet is given twice' sync --storage x --quiet --quiet
expect 2 'level takes application, service or object, not "all"' sync --storage x --level all
expect 2 '--level service needs --target' sync --storage x --level service
expect 2 '--target needs --level' sync --storage x --target Organization
expect 2 'api takes js, java or objc' sync --storage x --api swift
expect 2 'timeout takes 1 to 86400000' sync --storage x --timeout 0
expect 2 'timeout takes 1 to 86400000' sync --storage x --timeout soon
expect 2 'exclude each other' options --markdown --dict
expect 2 'stands alone' options --local --dict
expect 2 '--query SQL is missing' select --storage x
expect 2 '--level service needs --target' rollback --storage x --level service
expect 2 '--target NAME is missing' clear --storage x --level service
expect 2 '--keys must be a JSON object' rollback --storage x --level object --target E --keys '[5]'
expect 2 '--options does not belong' select --storage x --query 'SELECT 1' --options '{}'
expect 2 '--record cannot be read: line 1' create --storage x --object E --record '{"a":}'
expect 2 '--options must be a JSON object' get --storage x --object E --options '[1]'
expect 2 '--options must be a JSON object' get --storage x --object E --options "$source/ref/tests/data/array.json"

# Environment: 3
expect 3 'no-such-file cannot be opened' sync --storage "$folder/s" --options "$folder/no-such-file"
expect 3 'vmxsync sync: ' sync --storage /dev/null/storage
expect 3 'cannot be made or written to: Not a directory' sync --storage "$program"

# A key comes from the environment: it is too short, and without SQLCipher none is taken
VMXSYNC_ENCRYPTION_KEY=short expect 3 'has 5 characters, it needs 6' sync --storage "$folder/k"
[ ! -e "$folder/k" ] || { echo 'FAILED: a bad key made a storage'; failures=$((failures + 1)); }
export VMXSYNC_ENCRYPTION_KEY='myencryptionpa$$phrase1'
if "$program" get --object E --storage "$folder/k" 2>&1 | grep -q 'built without SQLCipher'; then
  expect 3 'cannot be encrypted' get --object E --storage "$folder/k"
else
  expect 1 '"code":2332' get --object E --storage "$folder/k"
  VMXSYNC_ENCRYPTION_KEY= expect 3 'is encrypted and needs its key' get --object E --storage "$folder/k"
  VMXSYNC_ENCRYPTION_KEY='another key' expect 3 'was not encrypted with this key' get --object E --storage "$folder/k"
fi
unset VMXSYNC_ENCRYPTION_KEY

# What needs the URL each time says so, and a storage that was never set up where it comes from; drop needs none
expect 2 '--service-url URL is missing' refresh --storage "$folder/n"
expect 2 '--service-url URL is missing' reset --storage "$folder/n"
expect 1 '(2332): see --service-url' get --object E --storage "$folder/n"
expect 0 '^{}$' drop --storage "$folder/n"

# A result that does not arrive is no success
if [ -c /dev/full ]; then
  for words in "drop --storage $folder/n" options --help; do
    reason=$("$program" $words 2>&1 >/dev/full)
    [ $? -eq 3 ] && [ "${reason#*standard output cannot be written: }" != "$reason" ] ||
      { echo "FAILED: vmxsync $words with a full disk under its output: $reason"; failures=$((failures + 1)); }
  done
fi

# A call that fails: 1, a payload and a sentence
expect 1 '"code":' sync --quiet --storage "$folder/a" --service-url http://127.0.0.1:1/
expect 1 '^vmxsync sync: ' sync --quiet --storage "$folder/a" --service-url http://127.0.0.1:1/
expect 1 '"localizedDescription":' sync --quiet --api objc --storage "$folder/a" --service-url http://127.0.0.1:1/
"$program" sync --quiet --storage "$folder/a" --service-url http://127.0.0.1:1/ --json "$folder/result" >/dev/null 2>&1
grep -q '"code":' "$folder/result" || { echo 'FAILED: --json wrote no payload'; failures=$((failures + 1)); }
expect 3 'cannot be written' sync --quiet --storage "$folder/a" --service-url http://127.0.0.1:1/ --json /dev/null/result

[ $failures -eq 0 ] && echo "all command lines as expected"
exit $((failures > 0))
