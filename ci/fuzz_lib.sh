# shellcheck shell=bash
# What ci/fuzz runs beside AFL++, and what it does with findings. Sourced by it; $folder is the build.

# build_helpers: what runs beside the targets, in afl-fuzz itself and around it, has no sanitizers.
mutator=$PWD/build-fuzz/fuzz-mutator.so
build_helpers() {
  local libraries
  read -ra libraries < <(pkg-config --cflags --libs libcjson)
  mkdir -p "$folder"
  build_helper "$mutator" -shared -fPIC -Wl,-z,defs -Iref fuzz/mutator.c ref/base/*.c "${libraries[@]}"
  build_helper "$folder/counted" fuzz/counted.c
}

# build_helper FILE ARGUMENTS…: put in its place at once, another run may be using it.
build_helper() {
  local file=$1
  shift
  cc -O2 -std=c17 -D_GNU_SOURCE "$@" -o "$file.$$" && mv "$file.$$" "$file" || fail "$(basename "$file") does not compile"
}

# The inputs of these have JSON in them.
mutator_targets=(options json metadata local page upload request journal testee)

# with_mutator TARGET: what afl-fuzz's environment needs for it, a line each; nothing for targets of another kind.
with_mutator() {
  [[ " ${mutator_targets[*]} " == *" $1 "* ]] || return 0
  printf '%s\n' "AFL_CUSTOM_MUTATOR_LIBRARY=$mutator" "FUZZ_DICTIONARY=$PWD/fuzz/$1.dict"
}

# What broke, in a line: a promise of the oracle, the sanitizer's summary, or that it did not end.
signature() {
  local log=$1 status=$2
  case $status in
    124 | 152) echo "no end within $slow_seconds s"; return ;; # it waits | SIGXCPU
  esac
  sed -nE 's/^.*\/(fuzz\/)?([a-z_]+\.[ch]:[0-9]+: broken: .*)/\2/p' "$log" | head -n 1 | grep . ||
    sed -nE 's/^SUMMARY: //p; s/^.*Assertion (.*) failed.*/assertion \1/p; s/^\[ +(ERROR|LINE) +\] --- //p' "$log" | head -n 1 | grep . ||
    echo "ended with $status"
}

# replay TARGET INPUT LOG [NAME=VALUE…]: run one input; its signature on standard output, nothing when it is fine. Its
# time is the processor's, so that no busy machine makes a finding; the clock only ends what waits for ever.
replay() {
  local name=$1 input=$2 log=$3 status=0
  shift 3
  { (ulimit -t $slow_seconds; env "$@" timeout 300 "$folder/fuzz/fuzz-$name-replay" "$input") || status=$?; } >"$log" 2>&1
  [ "$status" -eq 0 ] || signature "$log" "$status"
}

slug() { printf '%s' "${1#*broken: }" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9]+/-/g; s/^-//' | cut -c 1-70 | sed 's/-$//'; }

# minimize TARGET INPUT OUTPUT SIGNATURE: the smallest input that breaks in the same way.
minimize() {
  local name=$1 input=$2 output=$3 wanted=$4 log
  log=$(mktemp)
  [ "$wanted" != "no end within $slow_seconds s" ] &&
    timeout 120 afl-tmin -t "$AFL_HANG_TMOUT" -i "$input" -o "$output" -- "$folder/fuzz/fuzz-$name" >/dev/null 2>&1 || true
  [ -s "$output" ] && [ "$(replay "$name" "$output" "$log")" = "$wanted" ] || cp "$input" "$output"
  rm -f "$log"
}

# Report on a finding: what, how to see it again, its bytes, and what the run said.
report() {
  local name=$1 seed=$2 what=$3 log=$4
  printf '# %s: %s\n\nSeen again by `%s %s`.\n\n```\n' "$name" "$what" "$folder/fuzz/fuzz-$name-replay" "$seed"
  od -A d -t x1z "$seed" | head -n 40
  printf '```\n\n```\n'
  grep -v '^/\|^fuzz/' "$log" | head -n 60
  printf '```\n'
}

# triage TARGET REGRESSIONS: what the queue holds of crashes and hangs, each kind once: a seed in REGRESSIONS/TARGET, a
# report and, of a schedule, a scenario in build-fuzz/findings. Counts the kinds in $kinds.
kinds=0
triage() {
  local name=$1 regressions=$2 input what seed log seen=$'\n' out=$folder/findings
  log=$(mktemp)
  mkdir -p "$out"
  while read -r input; do
    what=$(replay "$name" "$input" "$log")
    if [ -z "$what" ]; then # mended, or broken only by what came before it
      mkdir -p "$out/not-again/$name"
      mv "$input" "$out/not-again/$name/"
      continue
    fi
    [[ $seen != *$'\n'"$what"$'\n'* ]] || continue
    seen+=$what$'\n' kinds=$((kinds + 1))
    mkdir -p "$regressions/$name"
    seed=$regressions/$name/$(slug "$what")
    minimize "$name" "$input" "$seed" "$what"
    chmod 644 "$seed"
    replay "$name" "$seed" "$log" >/dev/null
    report "$name" "$seed" "$what" "$log" >"$out/$name-$(basename "$seed").md"
    printf '  found:    %s\n  seed:     %s (%d bytes)\n  report:   %s\n  again:    %s %q\n' "$what" "$seed" \
      "$(stat -c %s "$seed")" "$out/$name-$(basename "$seed").md" "$folder/fuzz/fuzz-$name-replay" "$seed"
    [ "$name" = schedule ] || continue
    replay "$name" "$seed" "$log" "FUZZ_SCENARIO=$out/$(basename "$seed").lua" >/dev/null
    printf '  scenario: %s\n' "$out/$(basename "$seed").lua"
  done < <(findings "$name")
  rm -f "$log"
}
