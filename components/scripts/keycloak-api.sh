#!/usr/bin/env bash
# What the scripts keycloak-*.sh have before their own text.

ask() {
  curl --disable --silent --show-error --fail --noproxy '*' --max-time 20 "$@"
}

# The first value of a key in JSON, if it is a text.
first() {
  grep -oE "\"$1\": ?\"[^\"]+\"" | head -n 1 | sed -E 's/.*"([^"]+)"$/\1/'
}

# Signs in as the client nixmox, and prints what Keycloak answers: log_in URL SECRET_FILE
# The secret is in no argument of curl's: printf is the shell's own.
log_in() {
  printf 'grant_type=client_credentials&client_id=nixmox&client_secret=%s' "$(<"$2")" |
    ask --data @- "$1/realms/master/protocol/openid-connect/token"
}
