#!/bin/sh
# Builds an AssemblyScript strategy: ./build.sh [NAME [MODULE]] makes NAME.wasm, or MODULE, of NAME.ts.
# ./build.sh --compiler says which compiler it uses. ASC chooses another.
set -eu
cd "$(dirname "$0")"

missing() {
  echo "build.sh: $1" >&2
  exit 1
}

command -v node > /dev/null || missing "no node. On Debian or Ubuntu: apt-get install nodejs npm"
asc=${ASC:-./node_modules/.bin/asc}
[ -e "$asc" ] || missing "no AssemblyScript. In this folder: npm ci"
if [ "${1:-}" = --compiler ]; then
  "$asc" --version | sed 's/^Version /asc /'
  exit
fi

name=${1:-dip}
module=${2:-$name.wasm}
# One page of 64 KiB that never grows, no runtime that would, and no start function.
"$asc" "$name.ts" --outFile "$module" -O3 --runtime stub --use abort= \
  --initialMemory 1 --maximumMemory 1 --exportStart ignored
echo "$module: $(wc -c < "$module") bytes"
