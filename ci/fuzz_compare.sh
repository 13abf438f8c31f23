# shellcheck shell=bash
# What ci/fuzz compares: each target with the trivial one, and AFL++ that has fuzz/mutator.c with AFL++ that has not.
# Sourced by it; $folder is the build, $seconds the time, $queue where AFL++ works.

# ---- speed -----------------------------------------------------------------------------------------------------

# fuzz_beside TARGET: it and the trivial target at the same time, in a queue of their own; a line, a row for the JSON file.
fuzz_beside() {
  local name=$1 speed floor ratio
  rm -rf "${queue:?}/$name" "${queue:?}/baseline"
  start "$name" main; pids=("$started")
  start baseline main; pids+=("$started")
  await "$name" "${pids[0]}"
  await baseline "${pids[1]}"
  pids=()
  speed=$(main_figure "$name" execs_per_sec) floor=$(main_figure baseline execs_per_sec)
  ratio=$(awk -v a="$speed" -v b="$floor" 'BEGIN { printf "%.3f", (b > 0) ? a / b : 0 }')
  printf '%-9s %12s %12s %8s\n' "$name" "$speed" "$floor" "$ratio"
  rows+=("{\"target\":\"$name\",\"execs_per_second\":$speed,\"baseline\":$floor,\"ratio\":$ratio}")
  triage "$name" fuzz/regressions
}

compare_all() {
  local name
  queue=$folder/compare
  printf '%-9s %12s %12s %8s\n' target execs/s baseline ratio
  for name in "${targets[@]}"; do fuzz_beside "$name"; done
}

# ---- the mutator -----------------------------------------------------------------------------------------------

# run_from TARGET SEEDS with|without NUMBER: one afl-fuzz in the background; its process id is in $started.
run_from() {
  local name=$1 inputs=$2 how=$3 number=$4 environment=() out=$queue/$1-$3-$4
  [ "$how" = without ] || mapfile -t environment < <(with_mutator "$name")
  rm -rf "$out"
  env "${environment[@]}" AFL_AUTORESUME=0 ASAN_OPTIONS="$fuzz_sanitizer" afl-fuzz -i "$inputs" -o "$out" -s "$number" \
    -x "fuzz/$name.dict" -V "$seconds" -t "$AFL_HANG_TMOUT" -G 65536 -- "$folder/fuzz/fuzz-$name" >"$out.log" 2>&1 &
  started=$!
}

# note_progress RUN TARGET: into RUN/progress, for each input that AFL++ kept, in the order in which it found them:
# milliseconds and executions since its start, edges of all inputs so far.
note_progress() {
  ASAN_OPTIONS="$fuzz_sanitizer" afl-showmap -q -t "$AFL_HANG_TMOUT" -m none -i "$1/default/queue" -o "$1/edges" -- "$folder/fuzz/fuzz-$2" >"$1/edges.log" 2>&1 ||
    fail "afl-showmap failed: $1/edges.log"
  (cd "$1/edges" && awk -F: '
    function number(name) { return match(FILENAME, name ":[0-9]+") ? substr(FILENAME, RSTART + length(name) + 1, RLENGTH - length(name) - 1) : 0 }
    FNR == 1 && NR > 1 { print ms, execs, edges }
    FNR == 1 { ms = number("time"); execs = number("execs") }
    !($1 in seen) { seen[$1]; edges++ }
    END { print ms, execs, edges }' ./id:*) >"$1/progress"
}

median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

# median_at COLUMN GOAL RUNS…: of what stands where they first had so many edges; GOAL end: at their ends.
median_at() {
  local column=$1 goal=$2 run
  shift 2
  for run in "$@"; do
    awk -v column="$column" -v goal="$goal" '{ last = $column } goal != "end" && $3 >= goal { exit } END { print last }' "$run/progress"
  done | median
}

# tell_race TARGET SEEDS: medians over the repeats of one target. The goal is what the weakest run reached.
tell_race() {
  local name=$1 how run runs goal
  for run in "$queue/$name"-with*-*/; do note_progress "$run" "$name"; done
  goal=$(for run in "$queue/$name"-with*-*/; do tail -n 1 "$run/progress"; done | awk '{ print $3 }' | sort -n | head -n 1)
  printf '%-9s %-7s %6s' "$name" "$2" "$goal"
  for how in with without; do
    runs=("$queue/$name-$how"-*/)
    printf ' %9s %8.1f %9s' "$(median_at 3 end "${runs[@]}")" "$(median_at 1 "$goal" "${runs[@]}" | awk '{ print $1 / 1000 }')" \
      "$(median_at 2 "$goal" "${runs[@]}")"
  done
  printf '\n'
}

# race_mutator REPEATS: from one empty object, and from the corpus; both kinds at the same time, with the same random seed.
race_mutator() {
  local name seeds inputs number
  queue=$folder/mutator
  rm -rf "$queue"
  mkdir -p "$queue/one"
  printf '@{}' >"$queue/one/empty-object"
  printf '%-24s %28s %28s\n' '' 'with the mutator' 'without'
  printf '%-9s %-7s %6s %9s %8s %9s %9s %8s %9s\n' target seeds goal edges seconds execs edges seconds execs
  for name in "${targets[@]}"; do
    for seeds in one corpus; do
      inputs=fuzz/corpus/$name
      [ "$seeds" = corpus ] || inputs=$queue/one
      for ((number = 1; number <= $1; number++)); do
        run_from "$name" "$inputs" with "$number"; pids=("$started")
        run_from "$name" "$inputs" without "$number"; pids+=("$started")
        wait "${pids[@]}" || fail "afl-fuzz could not run on $name: $queue/$name-*.log"
        pids=()
      done
      tell_race "$name" "$seeds"
    done
  done
}
