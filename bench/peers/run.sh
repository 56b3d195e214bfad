#!/usr/bin/env bash
# Peers side by side: one command, one table. README.md beside this file says what it means.
set -euo pipefail
# Nothing is written into the tree.
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$(dirname "${BASH_SOURCE[0]}")/compare.py" "$@"
