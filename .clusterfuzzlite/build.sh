#!/usr/bin/env bash
# Builds every fuzz target as ClusterFuzzLite and OSS-Fuzz want them: programs, seeds and dictionaries in $OUT, each
# with the shared libraries that it needs beside it. It runs in the sources' folder; compiler, flags and engine come
# from the environment.
set -euo pipefail
cmake -S . -B "$WORK/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DFOUNDRYCHECK_WERROR=OFF \
  -DFOUNDRYCHECK_LIBFUZZER=ON -DFOUNDRYCHECK_FUZZ_ENGINE="$LIB_FUZZING_ENGINE"
cmake --build "$WORK/build" --target fuzz_targets

mkdir -p "$OUT/lib"
for program in "$WORK"/build/fuzz/fuzz-*-libfuzzer; do
  name=$(basename "$program" -libfuzzer)
  name=${name#fuzz-}
  [ "$name" != baseline ] || continue
  cp "$program" "$OUT/$name"
  ldd "$program" | awk '$3 ~ /^\// && $1 !~ /^lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s)\.so/ { print $3 }' | xargs -r cp -u -t "$OUT/lib"
  patchelf --set-rpath "\$ORIGIN/lib" "$OUT/$name"
  seeds=(fuzz/corpus/"$name")
  [ ! -d "fuzz/regressions/$name" ] || seeds+=(fuzz/regressions/"$name")
  rm -f "$OUT/${name}_seed_corpus.zip"
  zip -qrj "$OUT/${name}_seed_corpus.zip" "${seeds[@]}"
  [ ! -f "fuzz/$name.dict" ] || cp "fuzz/$name.dict" "$OUT/"
done
