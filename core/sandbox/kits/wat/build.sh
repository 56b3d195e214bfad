#!/bin/sh
# Assembles a strategy: ./build.sh [NAME [MODULE]] makes NAME.wasm, or MODULE, of NAME.wat.
# ./build.sh --compiler says which assembler it uses. WAT2WASM chooses another.
set -eu
cd "$(dirname "$0")"

assembler=${WAT2WASM:-wat2wasm}
if ! command -v "$assembler" > /dev/null; then
  echo "build.sh: no wat2wasm. On Debian or Ubuntu: apt-get install wabt" >&2
  exit 1
fi
if [ "${1:-}" = --compiler ]; then
  echo "wat2wasm $("$assembler" --version)"
  exit
fi

name=${1:-dip}
module=${2:-$name.wasm}
"$assembler" "$name.wat" -o "$module"
echo "$module: $(wc -c < "$module") bytes"
