#!/usr/bin/env bash
# Checks every shell script of the project, whatever its name.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t scripts < <(git ls-files --cached --others --exclude-standard | while read -r file; do
  [[ -f $file ]] || continue
  if [[ $file == *.sh ]] || head -c 40 "$file" | head -n 1 | grep -qE '^#!.*\b(ba|da)?sh\b'; then
    echo "$file"
  fi
done)
shellcheck "${scripts[@]}"
echo "${#scripts[@]} shell scripts are clean."
