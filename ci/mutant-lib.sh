# shellcheck shell=bash
# What ci/mutant and ci/mutants share: patches, and the copy of the tree in which an engine is broken. Source it
# after lib.sh; $copy names the copy's folder, $runner, if not empty, the foundrycheck that runs the suite.

# ---- what a patch says of itself, before its first "diff" or "---" --------------------------------
# Breaks: the requirements that must turn red. Testee: arguments of the adapter, Run: of the run, when
# the requirement counts for another profile or strictness only.

patch_of() { printf '%s/conformance/mutants/%s.patch' "$PWD" "$1"; }
# header NAME WORD: the values of its "WORD: …" lines, in one line.
header() { sed -n "/^\(diff\|---\) /q;s/^$2: *//p" "$(patch_of "$1")" | tr -s ', \n' ' ' | sed 's/^ //;s/ $//'; }
# What the port does wrong: the lines before the first of those.
says_of() { sed '/^\(Breaks\|Testee\|Run\): /,$d' "$(patch_of "$1")" | tr -s '\n' ' ' | sed 's/ $//'; }
all_names() { for patch in conformance/mutants/*.patch; do basename "$patch" .patch; done; }
known_name() { [ -f "$(patch_of "$1")" ] || usage_error "there is no conformance/mutants/$1.patch"; }

# ---- the copy ------------------------------------------------------------------------------------

# What differs in the copy becomes as it is in the tree.
mend_copy() {
  local file
  git ls-files -z | while read -r -d '' file; do
    [ ! -f "$file" ] || cmp -s "$file" "$copy/$file" || cp --parents "$file" "$copy"
  done
}

make_copy() {
  local generator=()
  command -v ninja >/dev/null && generator=(-G Ninja)
  mend_copy
  [ -f "$copy/build/CMakeCache.txt" ] ||
    cmake "${generator[@]}" -S "$copy" -B "$copy/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
      >"$copy/log" 2>&1 || { cat "$copy/log" >&2; fail "the copy cannot be configured"; }
  [ -n "${runner:-}" ] || build_copy foundrycheck || fail "the suite does not build"
}

build_copy() {
  cmake --build "$copy/build" -j "$(nproc)" --target "$1" >"$copy/log" 2>&1 || { tail -n 40 "$copy/log" >&2; return 1; }
}

# Fails when the patch does not apply any more, or what it makes does not build.
break_engine() {
  patch -s -p1 --fuzz=0 --no-backup-if-mismatch -d "$copy" <"$(patch_of "$1")" || { echo "$1.patch does not apply any more" >&2; return 1; }
  build_copy vmxsync-testee || { echo "the engine of $1 does not build" >&2; return 1; }
}

mend_engine() { patch -s -R -p1 --no-backup-if-mismatch -d "$copy" <"$(patch_of "$1")"; }

# run_suite NAME [arguments…]: the run's exit code; its console in $copy/output, its report beside it.
run_suite() {
  local name=$1 extra testee
  shift
  read -r -a extra <<<"$(header "$name" Run)"
  testee=$(header "$name" Testee)
  "${runner:-$copy/build/bin/foundrycheck}" run --testee "$copy/build/bin/vmxsync-testee${testee:+ $testee}" --quiet \
    --report "json:$copy/report.json" "${extra[@]}" "$@" >"$copy/output" 2>&1
}
