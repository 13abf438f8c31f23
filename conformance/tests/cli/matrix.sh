#!/usr/bin/env bash
# matrix.sh FOLDER: what ci/mutants keeps, runs again and tells (FOLDER/matrix.jq), on samples.
set -euo pipefail

bad=0
# is SENTENCE EXPRESSION: it is true.
is() {
  [ "$(jq -L "$folder" -n "include \"matrix\"; $2")" = true ] || { echo "not so: $1: $2"; bad=1; }
}
folder=$1

result='{key: "k", mode: "quick", broken: false, files: {a: "1", b: "1"}, rules: [], scenarios: [
  {name: "a/x", file: "a", covers: ["UPC-02"], outcome: "FAILED", red: ["UPC-02/late"]},
  {name: "b/y", file: "b", covers: ["UPC-02"], outcome: "passed", red: []}]}'
is "a result is kept for its key" "$result | kept(\"k\"; \"quick\").scenarios | length == 2"
is "another key keeps nothing" "$result | kept(\"l\"; \"quick\").scenarios == []"
is "a quick result is not the whole" "$result | kept(\"k\"; \"whole\").scenarios == []"
is "the whole holds the quick one" "$result | .mode = \"whole\" | kept(\"k\"; \"quick\").scenarios | length == 2"
is "what did not build is built again" "$result | .broken = true | kept(\"k\"; \"quick\").files == {}"
is "nothing changed" "$result | [stale({a: \"1\", b: \"1\"})] == [[]]"
is "a file that changed, came or went is run again" "$result | stale({a: \"2\", c: \"1\"}) == [\"a\", \"b\", \"c\"]"
is "a rule that was seen in a file that changed asks for all" \
  "$result | .rules = [{id: \"API-03\", scenario: \"b/y\"}] | stale({a: \"1\", b: \"2\"}) == [\"a\", \"b\"]"
is "new facts take the place of stale ones" \
  "$result | with_new({scenarios: [{name: \"b/z\", file: \"b\"}], rules: []}; [\"b\"]).scenarios | map(.name) == [\"a/x\", \"b/z\"]"

suite='[{name: "a/b/x", covers: ["UPC-02/late"]}, {name: "a/c/y", covers: ["UPL-01"]}]'
is "a quick run asks the files of its requirement" "{\"a/b.lua\": 1, \"a/c.lua\": 1} | asked_of([\"UPC-02\"]; $suite) == {\"a/b.lua\": 1}"
is "a rule that no scenario covers asks for all" "{\"a/b.lua\": 1, \"a/c.lua\": 1} | asked_of([\"UPL-01\", \"NET-07\"]; $suite) | length == 2"

is "a clause counts for its requirement" "$result | .mustTurnRed = [\"UPC-02\"] | verdict | .verdict == \"killed\" and .own == [\"a/x\"]"
is "a requirement that stays green survives" \
  "$result | .mustTurnRed = [\"UPC-02\", \"UPL-01\"] | verdict | .verdict == \"survived\" and .missing == [\"UPL-01\"]"
is "a script error is no kill" "$result | .mustTurnRed = [\"UPC-02\"] | .scenarios[1].outcome = \"ERROR\" | verdict.verdict == \"error\""
is "an engine that dies fails in what the scenario covers" \
  "{scenarios: [{name: \"a/x\", file: \"scenarios/a\", covers: [\"OPT-20\"], outcome: \"TESTEE CRASHED\"}]} | facts.scenarios[0] | .red == [\"OPT-20\"] and .file == \"a\""
is "a scenario that kills none of its own is told" \
  "[$result + {name: \"e\", mustTurnRed: [\"UPC-02\"]}] | matrix([\"a/x\", \"b/y\", \"c/z\" | {name: ., covers: []}]; true) | .killNobody == [\"b/y\", \"c/z\"] and .survivors == [] and ([told] | any(contains(\"c/z\")))"
is "of some engines it is not" \
  "[$result + {name: \"e\", mustTurnRed: [\"UPC-02\"]}] | matrix([\"a/x\", \"c/z\" | {name: ., covers: []}]; false) | [told] | any(contains(\"c/z\")) | not"
exit $bad
