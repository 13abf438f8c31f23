#!/bin/sh
# shards.sh FOUNDRYCHECK SCENARIOS: the parts of a suite have each scenario once, whatever their number.
names() { "$1" list --scenarios "$2" --json ${3:+--shard "$3"} | sed -n 's/^\t*"name":\t//p'; }
all=$(names "$1" "$2" | sort)
[ -n "$all" ] || { echo "there are no scenarios"; exit 1; }
for parts in 1 2 7; do
  i=1
  together=
  while [ $i -le $parts ]; do
    part=$(names "$1" "$2" $i/$parts)
    [ -z "$part" ] || together="$together$part
"
    i=$((i + 1))
  done
  [ "$(printf %s "$together" | sort)" = "$all" ] || { echo "$parts parts are not the whole"; exit 1; }
done
