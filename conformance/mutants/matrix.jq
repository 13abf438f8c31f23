# What ci/mutants makes of a run's report: the facts of one engine, which are kept; its verdict; the matrix of all.

def died: .outcome == "TESTEE CRASHED" or .outcome == "TESTEE HUNG";

# Of one report: what failed, by scenario, and the always-on rules with the scenario that broke them first. An engine
# that dies or hangs fails in what the scenario covers.
def facts:
  {scenarios: [.scenarios[] | {name, file: (.file | ltrimstr("scenarios/")), covers, outcome,
     red: ([.findings[]? | select(.weight == "fails") | .id] + (if died then .covers else [] end) | unique)}],
   rules: [.rules[]? | select(.weight == "fails") | {id, scenario}]};

# A clause (UPC-07/newer) counts for its requirement.
def is_of($must): . as $id | $must | any(. as $m | $id == $m or ($id | startswith($m + "/")));

# Of the files those that a quick run asks: they hold a scenario that covers one of $must. What no scenario covers is a
# rule that is watched in all of them.
def asked_of($must; $suite):
  if any($must[]; . as $id | [$id] as $one | any($suite[].covers[]; is_of($one)) | not) then .
  else with_entries(select((.key | rtrimstr(".lua") + "/") as $file
    | any($suite[]; (.name | startswith($file)) and any(.covers[]; is_of($must))))) end;

# A result, as far as it is true for the key: who met the whole suite met his own scenarios, too.
def kept($key; $asked):
  if .key == $key and (.broken | not) and (.mode | IN("whole", $asked)) then . else {files: {}, scenarios: [], rules: []} end;

# The facts of the files that are as they were, and those of the run over the others.
def with_new($new; $stale):
  {scenarios: ([.scenarios[] | select(.file | IN($stale[]) | not)] + $new.scenarios),
   rules: (.rules + $new.rules | unique_by(.id))};

# The files to be run: all of them, when a rule was seen broken in one of them: whether others broke it nobody wrote down.
def stale($files):
  [$files | to_entries[] | .key] as $all
  | ([.files | to_entries[] | select($files[.key] != .value) | .key] + ($all - (.files | keys))) as $changed
  | ([.rules[].scenario as $name | .scenarios[] | select(.name == $name) | .file | select(IN($changed[]))]) as $seen
  | if $seen == [] then $changed else $all + $changed | unique end;

# own: scenarios that fail under what the engine breaks; other: those that fail under something else.
def verdict:
  .mustTurnRed as $must
  | ([.scenarios[] | select((.outcome == "FAILED" or died) and .red != [])]
     + [.rules[] | {name: ("in every scenario: " + .id), red: [.id]}]) as $failed
  | ([$failed[].red[]] | unique) as $red
  | [$must[] as $m | select($red | any(is_of([$m])) | not) | $m] as $missing
  | [.scenarios[] | select(.outcome == "ERROR") | .name] as $errors
  | {name, says, mustTurnRed, with, mode, turnedRed: $red, missing: $missing, errors: $errors,
     verdict: (if .broken or $errors != [] then "error" elif $missing == [] then "killed" else "survived" end),
     own: [$failed[] | select(.red | any(is_of($must))) | .name],
     other: [$failed[] | select(.red | any(is_of($must)) | not) | .name]};

def line:
  verdict | [.name, (.mustTurnRed | join(" ")), .verdict, "\(.own | length) + \(.other | length)", (.turnedRed | join(" "))] | @tsv;

# Of all facts, and $suite: every scenario with what it covers. A scenario is judged when some run's profile let it be.
# $all: every engine was asked for; of some of them nobody knows whom the others would kill.
def matrix($suite; $all):
  [.[] | verdict] as $engines
  | [.[].scenarios[] | select(died or (.outcome | IN("passed", "warned", "FAILED"))) | {key: .name, value: true}] as $judged
  | ($judged | from_entries) as $judged
  | (reduce ($engines[] | {name, who: .own[]}) as $kill ({}; .[$kill.who] += [$kill.name])) as $own
  | (reduce ($engines[] | {name, who: .other[]}) as $kill ({}; .[$kill.who] += [$kill.name])) as $other
  | {all: $all, engines: $engines,
     scenarios: [$suite[] | . + {judged: ($judged[.name] // false), own: ($own[.name] // []), other: ($other[.name] // [])}]}
  | .survivors = [.engines[] | select(.verdict != "killed") | .name]
  | .partial = [.engines[] | select(.mode != "whole") | .name]
  | .killNobody = [.scenarios[] | select(.own == []) | .name];

# The end of what ci/mutants prints.
def told:
  .all as $all | (if .killNobody == [] or ($all | not) then empty
   else "scenarios that kill no engine of their own requirement (\(.killNobody | length)):",
     (.killNobody as $list | .scenarios[] | select(.name | IN($list[]))
      | "  \(.name)  [\(.covers | join(" "))]\(if .judged then "" else ", judged by no run" end)") end),
  (.engines[] | select(.verdict == "error") | "error in: \(.name): \(.errors | join("; "))"),
  "",
  "\(.engines | length) broken engines, \(.survivors | length) survived\(.survivors | if . == [] then "" else ": " + join(" ") end)",
  (if $all then "\(.scenarios | length) scenarios, \([.scenarios[] | select(.own != [])] | length) kill an engine of their own requirement, \(.killNobody | length) do not" else empty end),
  (if .partial == [] then empty else "\(.partial | length) engines met only the scenarios of what they break (--quick)" end);
