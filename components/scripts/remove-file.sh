#!/usr/bin/env bash
# Removes a file, if it is there.
# Usage: remove-file.sh PATH
set -euo pipefail
rm -f -- "$1"
