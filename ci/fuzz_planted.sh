# shellcheck shell=bash
# How ci/fuzz finds planted bugs: each patch of fuzz/planted in a copy of the sources. Sourced by it; $seconds is the
# time that each gets, $jobs how many are looked for at the same time, $fuzz_sanitizer what the sanitizers are told.

planted=$PWD/build-fuzz/planted

# check_planted: every patch fits the tree as it is; nothing is built.
check_planted() {
  local bug stale=0
  for bug in fuzz/planted/*.patch; do
    patch -s -p1 --fuzz=0 --dry-run <"$bug" >/dev/null || { echo "$bug does not apply"; stale=1; }
  done
  return $stale
}

# prepare_tree TREE: a copy of the sources with a build of its own; only what a patch touches is built anew.
prepare_tree() {
  local tree=$1
  mkdir -p "$tree"
  if [ -e "$tree.applied" ]; then # an earlier run was stopped
    patch -s -R -p1 -d "$tree" <"$tree.applied"
    rm "$tree.applied"
  fi
  git ls-files -z | grep -zv '^scenarios/.*\.md$' | xargs -0 cp -u --parents --preserve=timestamps -t "$tree"
  (cd "$tree" && { [ -d build-fuzz ] || cmake --preset fuzz -G Ninja; }) >"$tree.log" 2>&1 ||
    { tail -n 20 "$tree.log" >&2; fail "the planted tree cannot be configured"; }
}

# build_planted TREE PATCH TARGET
build_planted() {
  patch -s -p1 --fuzz=0 -d "$1" <"$2" || fail "$2 does not fit any more"
  cp "$2" "$1.applied"
  cmake --build "$1/build-fuzz" -j "$(nproc)" --target "fuzz-$3" "fuzz-$3-replay" >"$1.log" 2>&1 ||
    { tail -n 30 "$1.log" >&2; fail "$2 does not compile"; }
}

take_out() {
  patch -s -R -p1 -d "$1" <"$2"
  rm "$1.applied"
}

# unknowing_seeds TREE TARGET: into TREE.seeds those that do not break on the bug; how many do, "all" when none is left.
unknowing_seeds() {
  local tree=$1 name=$2 seed knowing=0
  rm -rf "$tree.seeds"
  mkdir "$tree.seeds"
  while read -r seed; do
    if "$tree/build-fuzz/fuzz/fuzz-$name-replay" "$seed" >/dev/null 2>&1; then cp "$seed" "$tree.seeds"
    else knowing=$((knowing + 1)); fi
  done < <(seeds "$name" | xargs -I{} find {} -type f)
  if [ -n "$(ls "$tree.seeds")" ]; then echo "$knowing"; else echo all; fi
}

# time_to_find TREE TARGET: in $clock the seconds until AFL++ breaks it, or "-"; in $processor those that it took of the processor.
time_to_find() {
  local tree=$1 name=$2 dictionary=() environment=() started
  [ -f "fuzz/$name.dict" ] && dictionary=(-x "fuzz/$name.dict")
  mapfile -t environment < <(with_mutator "$name")
  rm -rf "$tree.queue" "$tree.processor"
  started=$(date +%s%N)
  env "${environment[@]}" ASAN_OPTIONS="$fuzz_sanitizer" AFL_BENCH_UNTIL_CRASH=1 AFL_AUTORESUME=0 "$folder/counted" "$tree.processor" \
    afl-fuzz -i "$tree.seeds" -o "$tree.queue" "${dictionary[@]}" -V "$seconds" -t "$AFL_HANG_TMOUT" -G 65536 \
    -- "$tree/build-fuzz/fuzz/fuzz-$name" >"$tree.log" 2>&1 &
  running=$!
  wait "$running" || true
  running='' clock=- processor=$(cat "$tree.processor")
  ! compgen -G "$tree.queue/default/crashes/id:*" >/dev/null || clock=$(seconds_since "$started")
}

# look_for TREE PATCHES…: those that nobody else has taken; a line of the table each.
look_for() {
  local tree=$1 patch name bug knowing clock processor running=''
  shift
  trap '[ -z "$running" ] || kill "$running"; exit 130' TERM
  for patch in "$@"; do
    bug=$(basename "$patch" .patch)
    mkdir "$planted/taken/$bug" 2>/dev/null || continue
    name=$(sed -n 's/^target: //p' "$patch")
    build_planted "$tree" "$patch" "$name"
    knowing=$(unknowing_seeds "$tree" "$name")
    clock=0 processor=0 # what breaks on whatever it is given needs no search
    [ "$knowing" = all ] || time_to_find "$tree" "$name"
    take_out "$tree" "$patch"
    printf '%-44s %-10s %6s %8s %10s\n' "$bug" "$name" "$knowing" "$clock" "$processor" | tee "$planted/taken/$bug/line"
  done
}

# fuzz_planted [WORD]: each patch of fuzz/planted whose name holds WORD; 1 when one was not found.
fuzz_planted() {
  local patches=(fuzz/planted/*"$1"*.patch) tree found
  [ -e "${patches[0]}" ] || fail "there is no planted bug with '$1' in its name"
  rm -rf "$planted/taken"
  mkdir -p "$planted/taken"
  [ ${#patches[@]} -ge "$jobs" ] || jobs=${#patches[@]}
  for ((tree = 0; tree < jobs; tree++)); do prepare_tree "$planted/tree$tree"; done
  printf '%-44s %-10s %6s %8s %10s\n' "planted bug" target seeds clock processor
  for ((tree = 0; tree < jobs; tree++)); do
    look_for "$planted/tree$tree" "${patches[@]}" &
    pids+=($!)
  done
  wait "${pids[@]}"
  pids=()
  found=$(cat "$planted"/taken/*/line | grep -cv -- ' - ')
  printf '%d of %d planted bugs were found\n' "$found" "${#patches[@]}"
  [ "$found" -eq ${#patches[@]} ]
}
