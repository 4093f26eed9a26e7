#!/usr/bin/env bash
# Prints an address at which a user of Authentik sets a password, once.
# Usage: authentik-invite.sh PORT TOKEN_FILE USER URL
set -euo pipefail

port=$1 token_file=$2 user=$3 url=$4
api=http://127.0.0.1:$port/api/v3

fail() {
  printf 'Unable to invite %s: %s. %s.\n' "$user" "$1" "${2:-Look at authentik.service on its host}" >&2
  exit 1
}
send() {
  ask "$token_file" --request "$1" --header 'Content-Type: application/json' --data "$3" "$api/$2"
}
# The first value of a key in JSON.
first() {
  grep -oE "\"$1\": ?(\"[^\"]*\"|[0-9]+)" | head -n 1 | sed -E 's/^"[^"]*": ?"?([^"]*)"?$/\1/'
}

answer=$(ask "$token_file" --fail "$api/core/users/?username=$user") || fail "the request to Authentik's API failed (above)"
id=$(first pk <<<"$answer") || fail 'Authentik has no such user' 'Run pulumi up, which creates it'
answer=$(send POST "core/users/$id/recovery/" '{}') || fail "the request to Authentik's API failed (above)"
if ! link=$(first link <<<"$answer"); then
  # A fresh Authentik has no flow for this; the one for a new password does it.
  flow=$(ask "$token_file" --fail "$api/flows/instances/?slug=default-password-change" | first pk) ||
    fail 'Authentik has no flow default-password-change'
  brand=$(ask "$token_file" --fail "$api/core/brands/?default=true" | first brand_uuid) ||
    fail 'Authentik has no default brand'
  send PATCH "core/brands/$brand/" "{\"flow_recovery\":\"$flow\"}" >/dev/null
  answer=$(send POST "core/users/$id/recovery/" '{}') || fail "the request to Authentik's API failed (above)"
  link=$(first link <<<"$answer") || fail "Authentik gives no address: $answer"
fi
# It begins as this host reaches Authentik, not as people do.
printf '%s/%s\n' "$url" "${link#*://*/}"
