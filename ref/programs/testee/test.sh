#!/bin/sh
# vmxsync-testee over a pipe, without any server: what it answers to good and to bad messages.
#   test.sh PROGRAM
program=$1
folder=$(mktemp -d) || exit 3
trap 'rm -rf "$folder"' EXIT
failures=0

fail() {
  printf 'FAILED: %s\n  expected "%s" in exit %s:\n%s\n' "$1" "$2" "$3" "$4"
  failures=$((failures + 1))
}

# expect PATTERN lines…: each line is a message; the pattern must be in what comes back.
expect() {
  pattern=$1
  shift
  output=$(printf '%s\n' "$@" | "$program" 2>&1)
  code=$?
  [ $code -eq 0 ] && printf '%s\n' "$output" | grep -q -e "$pattern" || fail "$*" "$pattern" $code "$output"
}

# usage CODE PATTERN arguments…
usage() {
  wanted=$1 pattern=$2
  shift 2
  output=$("$program" "$@" 2>&1 </dev/null)
  code=$?
  [ $code -eq "$wanted" ] && printf '%s\n' "$output" | grep -q -e "$pattern" || fail "$*" "$pattern" $code "$output"
}

usage 0 'usage: vmxsync-testee' --help
usage 0 '^vmxsync-testee [0-9]' --version
usage 2 'unknown argument "--bad"' --bad
usage 2 '"c" is no choice' --api c
usage 2 'is no choice' --channel

hello='{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1,"suite":"test"}}'
open='{"jsonrpc":"2.0","id":2,"method":"open","params":{"storage":"'$folder'/db","fresh":true,"serviceUrl":null,"serviceDocument":{"services_meta":{}},"claimsToken":"t","networkTimeoutMs":2000}}'
setup='{"jsonrpc":"2.0","id":3,"method":"setup","params":{"options":{}}}'
sync='{"jsonrpc":"2.0","id":4,"method":"startSync","params":{"sync":"s1","level":"application","options":{},"callbacks":["success","failure"]}}'
bye='{"jsonrpc":"2.0","id":9,"method":"bye"}'

expect '"api":"js","channel":"android"' "$hello"
expect '"code":-32602,"message":"params.protocol: supported are 1 to 1"' '{"id":1,"method":"hello","params":{"protocol":2}}'
expect '"id":null,"error":{"code":-32700' 'rubbish'
expect '"id":null,"error":{"code":-32600' '[]'
expect '"id":7,"error":{"code":-32600' '{"id":7}'
expect '"id":"x","error":{"code":-32601,"message":"unknown method fly"' '{"id":"x","method":"fly"}'
expect '"id":7,"error":{"code":-32602,"message":"params is no object"' '{"id":7,"method":"hello","params":[]}'
expect '"id":3,"error":{"code":-32000,"message":"no client is open"' "$setup"
expect '"id":8,"error":{"code":-32000,"message":"open: 2006' \
  '{"id":8,"method":"open","params":{"storage":"/dev/null/x"}}'
expect '"id":2,"result":{}' "$open" "$bye"
expect '"id":4,"result":{"refused":true,"payload":{.*"code":2304' "$open" \
  '{"id":4,"method":"startSync","params":{"sync":"s1","level":"application","callbacks":["progress"]}}' "$bye"
expect '"id":5,"error":{"code":-32602,"message":"params.level' "$open" '{"id":5,"method":"rollback","params":{"level":"x"}}'
expect '"id":6,"result":{"outcome":"failure","payload":{.*2483' "$open" '{"id":6,"method":"get","params":{"object":"E"}}'

# A conversation: each message is sent when the answer to the last one has come.
mkfifo "$folder/in" "$folder/out"
"$program" <"$folder/in" >"$folder/out" &
testee=$!
exec 3>"$folder/in" 4<"$folder/out"

# turn MESSAGE PATTERN…: send, then read one line for each pattern.
turn() {
  message=$1
  shift
  printf '%s\n' "$message" >&3
  for pattern; do
    IFS= read -r line <&4 || line='(end)'
    printf '%s\n' "$line" | grep -q -e "$pattern" || fail "$message" "$pattern" - "$line"
  done
}

turn "$open" '"id":2,"result":{}'
turn "$sync" '"id":4,"result":{"started":true}' '"seq":1,"sync":"s1","kind":"failure","payload":{.*2483'
turn "$setup" '"id":3,"result":{"outcome":"success","payload":{"status":0}}'
turn "$sync" '"started":true' '"seq":2,"sync":"s1","kind":"success","payload":{"successResponse":{}}'
turn '{"id":5,"method":"startSync","params":{"sync":"s2","level":"application","optionsRaw":"{rubbish","callbacks":["success","failure","progress"]}}' \
  '"started":true' '"seq":3,"sync":"s2","kind":"failure","payload":{.*2482'
turn '{"id":6,"method":"cancelSync","params":{"cancel":"c1","level":"objectService","target":"Org"}}' \
  '"called":true' '"seq":4,"cancel":"c1","kind":"failure","payload":{.*2479'
turn '{"id":7,"method":"setClaimsToken","params":{"token":null,"error":{"code":4711,"message":"no entry"}}}' '"id":7,"result":{}'
turn "$sync" '"started":true' '"kind":"failure","payload":{.*4711'
turn '{"id":8,"method":"close"}' '"id":8,"result":{}'
turn "$bye" '"id":9,"result":{}'
exec 3>&- 4<&-
wait $testee || fail "the end of the conversation" "exit 0" $? ""

[ $failures -eq 0 ]
