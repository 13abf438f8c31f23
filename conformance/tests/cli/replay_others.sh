#!/bin/sh
# replay_others.sh FOUNDRYCHECK SCENARIOS TESTEE: a recorded run under another --strict, with other scripts, cut off, and spoilt.
program=$1 testee=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$2" "$folder/scenarios"
record() { "$program" run --scenarios "$folder/scenarios" --testee "$testee" --record "$folder/$1" --name "$2" ${3:-} >/dev/null 2>&1; }
# replay FILE CODE TEXT [option]
replay() {
  "$program" replay "$folder/$1" --scenarios "$folder/scenarios" ${4:-} >"$folder/output" 2>&1
  code=$?
  [ $code -eq "$2" ] && grep -qF "$3" "$folder/output" && return
  echo "$1: exit code $code, not $2, or not printed: $3"
  cat "$folder/output"
  exit 1
}
record weak "which only warns"
replay weak 0 "1 warned"
replay weak 1 "1 FAILED" --strict=all
record strong "a weak check stands" --strict=all
replay strong 1 "1 FAILED" --strict=all
replay strong 0 "a check that only warns now ended the recorded run here"
record histories "which only warns" --strict=all
replay histories 0 "the recorded run has no such session"

record calls "a sync comes"
lines=$(wc -l <"$folder/calls")
replay calls 0 "1 passed"
spoil() { head -3 "$folder/calls" >"$folder/spoilt" && echo "$1" >>"$folder/spoilt"; }
spoil '{"call":"runner.now"}'; replay spoilt 3 'spoilt: line 4: "call" needs a list "args"'
spoil '{"zzz":1}'; replay spoilt 3 'spoilt: line 4: no line begins with the member "zzz"'
spoil '[1]'; replay spoilt 3 'spoilt: line 4: it is no JSON object'
spoil '{"now":"x"}'; replay spoilt 3 'spoilt: line 4: "now" has a value of another type'
spoil '{"now":1'; replay spoilt 3 'spoilt: line 4: not JSON'
(echo '{"format":"foundrycheck-recording","version":2}') >"$folder/spoilt"; replay spoilt 3 "line 1: the recording has another version"
echo '{"a":1}' >"$folder/spoilt"; replay spoilt 3 "line 1: this is no recording of foundrycheck"
: >"$folder/spoilt"; replay spoilt 3 "line 1: this is no recording of foundrycheck"
(cat "$folder/calls"; echo '{"judge":true}') >"$folder/spoilt"
replay spoilt 3 "line $((lines + 1)): nothing may follow the line \"finished\""
head -$((lines - 1)) "$folder/calls" >"$folder/spoilt"; replay spoilt 3 "the recorded run was cut off before its end"
head -6 "$folder/calls" >"$folder/spoilt"; replay spoilt 3 "where the recording has ended"

sed -i 's/r.call("setup"[^)]*)/r.call("get", { object = "Note" })/' "$folder/scenarios/testee/calls.lua"
replay calls 3 'the script asks for runner.call ["get",{"object":"Note"}] where line'
rm "$folder/scenarios/testee/calls.lua"
replay calls 2 "has none of these scenarios"
