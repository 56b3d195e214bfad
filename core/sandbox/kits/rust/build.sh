#!/bin/sh
# Builds a Rust strategy: ./build.sh [NAME [MODULE]] makes NAME.wasm, or MODULE, of NAME.rs.
# ./build.sh --compiler says which compiler it uses. RUSTC and WASM_LD choose others.
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

# rustup's compiler where it has the target; else Debian's, which does not know rustup's.
rustc=
for found in "${RUSTC:-rustc}" /usr/bin/rustc; do
  if sysroot=$("$found" --print sysroot 2> /dev/null) &&
    [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown" ]; then
    rustc=$found
    break
  fi
done
[ -n "$rustc" ] || missing "no rustc with the target wasm32-unknown-unknown. With rustup: \
rustup target add wasm32-unknown-unknown. On Debian: apt-get install rustc libstd-rust-dev-wasm32 lld"
if [ "${1:-}" = --compiler ]; then
  "$rustc" --version | cut -d ' ' -f 1-2
  exit
fi

# rustup's compiler brings its linker along. Debian's takes LLVM's of its own age: to a younger one
# its libraries are faulty.
linker=${WASM_LD:-}
if [ -z "$linker" ] && [ "$rustc" = /usr/bin/rustc ]; then
  linker=$(first_of wasm-ld-14 wasm-ld)
  [ -n "$linker" ] || missing "no wasm-ld. On Debian: apt-get install lld"
fi

name=${1:-dip}
module=${2:-$name.wasm}
# One page of 64 KiB, of which 16 are stack, at the bottom: too deep a recursion is a trap.
"$rustc" --edition 2021 --crate-type cdylib --crate-name strategy --target wasm32-unknown-unknown \
  -C opt-level=2 -C panic=abort -C strip=symbols ${linker:+-C "linker=$linker"} \
  -C link-arg=--stack-first -C link-arg=-zstack-size=16384 \
  -C link-arg=--initial-memory=65536 -C link-arg=--max-memory=65536 "$name.rs" -o "$module"
echo "$module: $(wc -c < "$module") bytes"
