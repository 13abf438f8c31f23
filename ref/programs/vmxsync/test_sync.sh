#!/bin/sh
# vmxsync against the example Foundry: a person's day, from the first sync to a rejected record.
#   test_sync.sh PROGRAM MOCK SOURCE_FOLDER
program=$1 mock=$2 source=$3
for file in "$program" "$mock"; do [ -x "$file" ] || { echo "there is no program $file"; exit 3; }; done
folder=$(mktemp -d) || exit 3
mkfifo "$folder/said"
"$mock" --script "$source/mockserver/examples/organization.lua" --port 0 >"$folder/said" 2>"$folder/mock.log" &
mock_pid=$!
trap 'kill $mock_pid 2>/dev/null; wait $mock_pid 2>/dev/null; rm -rf "$folder"' EXIT
url=$(grep -oEm1 'http://[^ ]+' <"$folder/said") || { echo "the mock printed no URL"; cat "$folder/mock.log"; exit 3; }
failures=0

# expect CODE PATTERN arguments…: run on the storage, compare the exit code, find the pattern in both outputs.
expect() {
  wanted=$1 pattern=$2
  shift 2
  output=$("$program" "$@" --storage "$folder/storage" --token token 2>&1 </dev/null)
  code=$?
  if [ $code -ne "$wanted" ] || ! printf '%s\n' "$output" | grep -q -e "$pattern"; then
    printf 'FAILED: vmxsync %s\n  expected exit %s and "%s", got exit %s:\n%s\n' "$*" "$wanted" "$pattern" $code "$output"
    failures=$((failures + 1))
  fi
}

expect 0 '"successResponse":{"Organization":{"status":0' sync --quiet --service-url "$url"
expect 0 'Organization Download Ended' sync # the storage knows its services now
expect 0 '"Name":"Ada"' get --object Employee
expect 0 '^\[{"Name":"Grace"},{"Name":"Ada"}\]$' get --object Employee --options '{"projectionColumns":["Name"],"orderByMap":[{"EmpId":"DESC"}],"likeCondition":{"Name":"%a%"}}'
expect 1 '"code":2306' get --object Employee --options '{"orderByMap":[{"Wage":"ASC"}]}'
expect 0 '^\[{"n":3}\]$' select --query 'SELECT count(*) AS n FROM Employee JOIN Department USING (DeptId)'
expect 1 'vmxsync select: .*it is no SELECT (2001)' select --query 'DELETE FROM Employee'
expect 0 '"EmpId":-1' create --object Employee --record '{"Name":"Barbara","Active":true,"DeptId":1}'
expect 0 '"pendingSyncRecords":\[{"EmpId":-1}\]' pending --object Employee
expect 0 '^{}$' update --object Employee --record '{"EmpId":1,"Name":"Ada L."}'
expect 0 '^{}$' delete --object Employee --options '{"primaryKeys":{"EmpId":2}}'
expect 1 'the record\|no row.*(2301)' update --object Employee --record '{"EmpId":99,"Name":"Nobody"}'
expect 0 'totalUploadedRecords=3' sync --options '{"syncMode":"sequential"}'
expect 0 '"pendingSyncRecords":\[\]' pending --object Employee
expect 0 '"EmpId":101,"Name":"Barbara"' get --object Employee
expect 0 '"syncStats":{"objectServiceName":"Organization"' sync --level service --target Organization --options '{"getSyncStats":"true"}'
expect 0 '"name":"Employee"' sync --level object --target Employee
expect 1 'there is no offline object "Nope" (2404)' sync --level object --target Nope
expect 1 'did you mean "Organization"' sync --options "$source/ref/tests/data/options-js.json"
expect 1 'cannot be read' sync --options "$source/ref/programs/vmxsync/README.md"
expect 0 '"EmpId":-2' create --object Employee --record '{"Name":"","Active":true,"DeptId":1}'
expect 1 'Organization: .*(2038)' sync --options '{"objectServicesOptions":{"Organization":{"syncType":"uploadOnly"}}}'


# Edits that wait, are undone, and are forgotten with all that there is
expect 0 '^{}$' rollback
expect 0 '"pendingSyncRecords":\[\]' pending --object Employee
expect 0 '^{}$' update --object Employee --record '{"EmpId":1,"Name":"Later"}' --options '{"markForUpload":false}'
expect 0 'Organization' sync --quiet
expect 0 '"pendingSyncRecords":\[{"EmpId":1}\]' pending --object Employee
expect 0 '^{}$' mark --object Employee --options '{"primaryKeys":{"EmpId":1}}'
expect 0 'totalUploadedRecords=1' sync
expect 0 '^{}$' update --object Employee --record '{"EmpId":1,"Name":"Never"}'
expect 1 '(2301)' rollback --level object --target Employee --keys '{"EmpId":99}'
expect 0 '^{}$' rollback --level object --target Employee --keys '{"EmpId":1}'
expect 0 '^\[{"Name":"Later"}\]$' get --object Employee --options '{"primaryKeys":{"EmpId":1},"projectionColumns":["Name"]}'
expect 0 '{"status":0}' refresh --service-url "$url"
expect 0 '^\[{"Name":"Later"}\]$' get --object Employee --options '{"primaryKeys":{"EmpId":1},"projectionColumns":["Name"]}'
expect 2 'target needs --level' clear --level application --target x
expect 0 '^{}$' clear --level object --target Employee
expect 0 '^\[\]$' get --object Employee
expect 0 'Organization' sync --quiet
expect 0 '"Later"' get --object Employee
expect 0 '{"status":0}' reset --service-url "$url"
expect 0 '^\[\]$' get --object Employee
expect 0 '^{}$' drop
expect 1 '(2332)' get --object Employee

[ $failures -eq 0 ] && echo "the day went as expected"
exit $((failures > 0))
