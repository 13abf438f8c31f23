#!/bin/sh
# mutants_apply.sh SOURCE_FOLDER: each patch in conformance/mutants applies to the tree as it is. Whoever
# changes the engine learns here, not in a long run of ci/mutants, which broken engine has to follow.
# Exit codes: 0 they do, 1 one does not, 77 there is no patch program.
source=$1
command -v patch >/dev/null || { echo "patch is missing (ci/deps --test installs it)"; exit 77; }
failures=0 count=0
for mutant in "$source"/conformance/mutants/*.patch; do
  count=$((count + 1))
  said=$(patch -p1 --dry-run -f -s -d "$source" <"$mutant" 2>&1) && continue
  printf '%s does not apply any more:\n%s\n' "$(basename "$mutant")" "$said"
  failures=$((failures + 1))
done
[ -f "$mutant" ] || { echo "there is no patch in $source/conformance/mutants"; exit 1; }
echo "$((count - failures)) of $count patches apply"
exit $((failures > 0))
