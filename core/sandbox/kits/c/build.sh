#!/bin/sh
# Builds a C strategy: ./build.sh [NAME [MODULE]] makes NAME.wasm, or MODULE, of NAME.c.
# ./build.sh --compiler says which compiler it uses. CLANG and WASM_LD choose others.
set -eu
cd "$(dirname "$0")"

missing() {
  echo "build.sh: $1" >&2
  exit 1
}

# The first of the commands that is there.
first_of() {
  for command in "$@"; do
    if command -v "$command"; then return; fi
  done
}

clang=${CLANG:-$(first_of clang clang-19 clang-16 clang-14)}
[ -n "$clang" ] || missing "no clang. On Debian or Ubuntu: apt-get install clang lld"
"$clang" --print-targets | grep -q wasm32 ||
  missing "$clang cannot compile for WebAssembly. Set CLANG to one that can (LLVM's own, Debian's)"
if [ "${1:-}" = --compiler ]; then
  "$clang" --version | sed -n 's/.*clang version \([0-9.]*\).*/clang \1/p'
  exit
fi

# Any linker of LLVM does: the bytes are the same. Every Rust toolchain of rustup carries one.
linker=${WASM_LD:-$(first_of wasm-ld wasm-ld-19 wasm-ld-16 wasm-ld-14)}
if [ -z "$linker" ] && command -v rustc > /dev/null; then
  host=$(rustc -vV | sed -n 's/^host: //p')
  bundled=$(rustc --print sysroot)/lib/rustlib/$host/bin/gcc-ld/wasm-ld
  if [ -x "$bundled" ]; then linker=$bundled; fi
fi
[ -n "$linker" ] || missing "no wasm-ld. On Debian or Ubuntu: apt-get install lld"

name=${1:-dip}
module=${2:-$name.wasm}
object=$(mktemp)
trap 'rm -f "$object"' EXIT
"$clang" --target=wasm32 -std=c11 -O2 -Wall -Wextra -ffreestanding -mbulk-memory -c "$name.c" -o "$object"
# One page of 64 KiB, of which 16 are stack, at the bottom: too deep a recursion is a trap.
"$linker" --no-entry --strip-all --stack-first -z stack-size=16384 \
  --initial-memory=65536 --max-memory=65536 "$object" -o "$module"
echo "$module: $(wc -c < "$module") bytes"
