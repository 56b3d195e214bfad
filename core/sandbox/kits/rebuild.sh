#!/bin/sh
# Builds the modules of all kits again and compares them with those that are checked in.
#
#   rebuild.sh            kits whose compiler is not there are left out, and said to be
#   rebuild.sh --all      a compiler that is missing, or is not the one of SHA256SUMS, is an error
#   rebuild.sh --update   replaces the modules, and SHA256SUMS with the versions that made them
#
# A compiler of another version must build its kits, twice the same; its bytes are not compared.
# What npm installs is installed in a temporary folder, unless it lies beside the kit (npm ci).
set -eu
cd "$(dirname "$0")"

mode=${1:-}
case $mode in
  '' | --all | --update) ;;
  *)
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

# Debian's own, where they are: the sums belong to them.
if [ -x /usr/bin/rustc ]; then export RUSTC="${RUSTC:-/usr/bin/rustc}"; fi
if [ -x /usr/bin/clang-14 ]; then export CLANG="${CLANG:-/usr/bin/clang-14}"; fi

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
faults=0

fault() {
  echo "FAULT  $1"
  faults=$((faults + 1))
}

# A copy of kit $1, once, with what it needs from npm, where npm is.
prepare() {
  kit=$built/kits/$1
  [ ! -d "$kit" ] || return 0
  mkdir -p "$kit"
  cp "$1"/*.* "$kit"
  if [ -d "$1/node_modules" ]; then
    ln -s "$PWD/$1/node_modules" "$kit/node_modules"
  elif [ -e "$1/package.json" ] && command -v npm > /dev/null; then
    (cd "$kit" && npm ci --no-audit --no-fund) > "$built/log" 2>&1 || {
      cat "$built/log"
      fault "$1: npm ci does not install what its package-lock.json names"
    }
  fi
}

# The bytes of the module of strategy $2 of kit $1, built anew in a folder of its own, go to $3.
build() {
  copy=$(mktemp -d "$built/XXXXXX")
  cp "$1"/*.* "$copy"
  if [ -d "$kit/node_modules" ]; then ln -s "$kit/node_modules" "$copy/node_modules"; fi
  "$copy/build.sh" "$2" "$3" > "$built/log" 2>&1 || {
    cat "$built/log"
    return 1
  }
}

# Kit $1, strategy $2.
check() {
  module=$1/$2-$1.wasm
  prepare "$1"
  if ! compiler=$("$kit/build.sh" --compiler 2> "$built/why"); then
    if [ -z "$mode" ]; then
      echo "left out  $module: $(cat "$built/why")"
    else
      fault "$module: $(cat "$built/why")"
    fi
    return
  fi
  if ! build "$1" "$2" "$built/first" || ! build "$1" "$2" "$built/second"; then
    fault "$module: does not build with $compiler"
  elif ! cmp -s "$built/first" "$built/second"; then
    fault "$module: $compiler built it twice, and not the same"
  elif [ "$mode" = --update ]; then
    install -m 644 "$built/first" "$module"
    echo "$compiler" >> "$built/compilers"
  elif ! grep -qx "# $compiler" SHA256SUMS; then
    if [ -z "$mode" ]; then
      echo "builds    $module with $compiler, which is not the compiler of SHA256SUMS: not compared"
    else
      fault "$module: SHA256SUMS belongs to other compilers than $compiler"
    fi
  elif cmp -s "$built/first" "$module"; then
    echo "the same  $module, $compiler"
  else
    fault "$module: $compiler builds other bytes: was its source changed? Then: rebuild.sh --update"
  fi
}

check c dip
check c ema-cross
check c mid-cross
check assemblyscript dip
check rust dip
check rust ema-cross
check wat dip

if [ "$faults" -eq 0 ] && [ "$mode" = --update ]; then
  {
    echo "# Made by these compilers, on Debian 12 (see rebuild.sh):"
    sort -u "$built/compilers" | sed 's/^/# /'
    sha256sum ./*/*.wasm | sed 's| \./| |'
  } > "$built/sums"
  cp "$built/sums" SHA256SUMS
fi
if ! sha256sum --check --quiet --strict SHA256SUMS; then
  fault "a module is not the one of SHA256SUMS"
fi
if [ "$faults" -gt 0 ]; then exit 1; fi
