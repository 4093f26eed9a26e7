# shellcheck shell=bash
# Prints files' values as a file that systemd's EnvironmentFile= reads.
#   environment-of NAME FILE...
while (($# > 1)); do
  value=$(<"$2")
  value=${value//\\/\\\\}
  value=${value//\"/\\\"}
  value=${value//\$/\\\$}
  value=${value//\`/\\\`}
  printf '%s="%s"\n' "$1" "$value"
  shift 2
done
