#!/bin/sh
# The author's way, in every language whose compiler is here: a new strategy from `ctl strategy new`,
# built as its own README says, inspected, and swapped into a battle that is under way.
#
#   try.sh [CTL]          CTL: the ctl to try [default: ctl]
#
# A language whose compiler is not here is skipped, and said to be. What a README says to install with
# apt-get is not installed. Everything happens in a temporary folder.
set -eu

ctl=$(command -v "${1:-ctl}") || {
  echo "try.sh: no ${1:-ctl}; cargo build --release makes it" >&2
  exit 1
}
case $ctl in /*) ;; *) ctl=$PWD/$ctl ;; esac
work=$(mktemp -d)
battle=
leave() {
  if [ -n "$battle" ]; then kill "$battle" 2> /dev/null || true; fi
  rm -rf "$work"
}
trap leave EXIT
cd "$work"
export ROYALE_SOCKET="$work/engine.sock"

# The slots that the strategies go into, one each.
set -- trend imbalance mean-reversion market-maker
built=
for lang in c rust assemblyscript wat; do
  "$ctl" strategy new --lang "$lang" my-agent --dir . > /dev/null
  mv my-agent "$lang"
  if [ -e "$lang/package.json" ] && ! command -v npm > /dev/null; then
    echo "skipped   $lang: no npm"
    continue
  fi
  # The README's first block of commands.
  sed -n '/^```sh$/,/^```$/p' "$lang/README.md" | sed '1d;/^```$/,$d;/^apt-get /d' > "$lang.sh"
  if ! (cd "$lang" && sh -eu "../$lang.sh") > "$lang.log" 2>&1; then
    # With npm the compiler was the README's to install.
    if [ -e "$lang/package.json" ] || "./$lang/build.sh" --compiler > /dev/null 2> why; then
      cat "$lang.log"
      echo "FAULT     $lang: what it needs is here, and the README's commands fail"
      exit 1
    fi
    echo "skipped   $lang: $(cat why)"
    continue
  fi
  "$ctl" strategy inspect "$lang/my-agent.wasm"
  built="$built $lang"
done
[ -n "$built" ] || exit 0

"$ctl" battle --speed 20x --out battle > battle.log 2>&1 &
battle=$!
tries=0
until "$ctl" status > status.log 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ] || ! kill -0 "$battle" 2> /dev/null; then
    cat battle.log status.log
    echo "FAULT     the battle does not begin"
    exit 1
  fi
  sleep 0.1
done
for lang in $built; do
  answer=$("$ctl" swap-strategy "$1" --to "$lang/my-agent.wasm" --param drop=0.01 --reason "try $lang")
  echo "$answer"
  case $answer in *installed*) ;; *) echo "FAULT     $lang: not installed" && exit 1 ;; esac
  shift
done
# A minute of the market.
sleep 3
"$ctl" list-strategies
"$ctl" stop --reason "tried" > /dev/null
wait "$battle" || {
  cat battle.log
  echo "FAULT     the battle failed"
  exit 1
}
battle=
if "$ctl" journal dump battle/season-01 --kind slot | grep -w disarmed; then
  echo "FAULT     a strategy was disarmed"
  exit 1
fi
"$ctl" journal replay battle/season-01
