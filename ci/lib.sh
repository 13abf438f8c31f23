# shellcheck shell=bash
# What the commands in ci/ share. Source it; it changes into the project's folder.
set -euo pipefail
caller=$PWD # where relative paths of the caller's arguments start
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s\n' "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 3; }
usage_error() { printf '%s: %s (try --help)\n' "$(basename "$0")" "$*" >&2; exit 2; }

# print_help: the comment at the top of the command is its help text.
print_help() { sed -n '2,/^[^#]/{/^#/!q;s/^# \{0,1\}//;p}' "$0"; }

# build PRESET [cmake arguments…]: configure when needed, then build; quiet unless it fails.
build() { configure "$@" && build_targets "$1"; }

configure() {
  local preset=$1 generator=()
  shift
  command -v ninja >/dev/null && [ ! -d "$(preset_folder "$preset")" ] && generator=(-G Ninja)
  quietly "$preset" cmake --preset "$preset" "${generator[@]}" "$@"
}

# build_targets PRESET [target…]: those alone, of what is configured; without any what the preset is for.
build_targets() {
  local preset=$1
  shift
  quietly "$preset" cmake --build --preset "$preset" -j "$(nproc)" ${1:+--target "$@"}
}

# quietly PRESET COMMAND…: one step of that build.
quietly() {
  local preset=$1 log
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    rm -f "$log"
    fail "the $preset build failed"
  fi
  rm -f "$log"
}

preset_folder() { if [ "$1" = release ]; then echo build; else echo "build-$1"; fi; }

from_caller() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$caller" "$1" ;; esac; }

# processor_time: milliseconds that the commands of this script have taken so far, those that have ended.
processor_time() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*[)] /, ""); printf "%d\n", ($14 + $15) * 1000 / hz }' "/proc/$$/stat"; }

seconds_since() { local now; now=$(date +%s%N); printf '%d.%d' $(((now - $1) / 1000000000)) $((((now - $1) / 100000000) % 10)); }

# debian_mirror: where this machine gets Debian's packages from.
debian_mirror() {
  local mirror
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oEm1 'https?://[^ ]*debian/?( |$)' | tr -d ' ' || :)
  printf '%s' "${mirror:-http://deb.debian.org/debian}"
}
