#!/usr/bin/env bash
# Prints the ids of what Authentik's first start creates, one "name id" a line.
# Usage: authentik-defaults.sh PORT TOKEN_FILE
# Blueprints create them in the background, some minutes after the server answers.
set -euo pipefail

port=$1 token_file=$2
deadline=$((SECONDS + 600))

fail() {
  printf 'Unable to configure Authentik: %s. %s.\n' "$1" \
    'Look at authentik.service and authentik-worker.service on this host, and run pulumi up again' >&2
  exit 1
}

print_id() {
  local name=$1 query=$2 answer id why
  while true; do
    if answer=$(ask "$token_file" --fail "http://127.0.0.1:$port/api/v3/$query" 2>&1); then
      id=$(grep -oE -m 1 '"pk": ?"[0-9a-f-]{36}"' <<<"$answer" | head -n 1) || true
      if [[ -n $id ]]; then
        id=${id%\"}
        printf '%s %s\n' "$name" "${id##*\"}"
        return
      fi
      why="it still has no $name"
    else
      why=${answer##*$'\n'}
    fi
    ((SECONDS < deadline)) || fail "$why"
    sleep 2
  done
}

flow() {
  print_id "$1" "flows/instances/?slug=$2"
}
scope() {
  print_id "scope-$1" "propertymappings/provider/scope/?managed=goauthentik.io%2Fproviders%2Foauth2%2Fscope-$1"
}

flow authorization-flow default-provider-authorization-implicit-consent
flow authentication-flow default-authentication-flow
flow log-out-flow default-invalidation-flow
print_id certificate 'crypto/certificatekeypairs/?name=authentik%20Self-signed%20Certificate'
print_id embedded-outpost 'outposts/instances/?managed__iexact=goauthentik.io%2Foutposts%2Fembedded'
for each in openid profile offline_access; do
  scope "$each"
done
