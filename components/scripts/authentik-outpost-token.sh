#!/usr/bin/env bash
# Gives an outpost of Authentik the token that is in a file on this host, in place of the one that
# Authentik generated and nobody has.
# Usage: authentik-outpost-token.sh PORT TOKEN_FILE OUTPOST OUTPOST_TOKEN_FILE UNIT VERSION
# VERSION is not read, but with another one the command runs again.
set -euo pipefail

port=$1 token_file=$2 outpost=$3 outpost_token_file=$4 unit=$5
api=http://127.0.0.1:$port/api/v3

fail() {
  printf 'Unable to give the outpost %s its token: %s. %s.\n' "$outpost" "$1" \
    'Look at authentik.service on this host, and run pulumi up again' >&2
  exit 1
}

answer=$(ask "$token_file" --fail "$api/outposts/instances/$outpost/") || fail 'Authentik does not know it (above)'
identifier=$(grep -oE '"token_identifier": ?"[^"]+"' <<<"$answer" | head -n 1) ||
  fail 'Authentik names no token of it'
identifier=${identifier%\"}
printf '{"key":"%s"}' "$(<"$outpost_token_file")" |
  ask "$token_file" --fail --request POST --header 'Content-Type: application/json' --data @- \
    "$api/core/tokens/${identifier##*\"}/set_key/" >/dev/null ||
  fail 'Authentik did not accept the token (above)'
# It could not log in before.
systemctl reset-failed -- "$unit" 2>/dev/null || true
systemctl restart -- "$unit"
