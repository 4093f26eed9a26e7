#!/usr/bin/env bash
# Gives a user of Keycloak a password that is good for one sign-in, and prints it.
# Usage: keycloak-invite.sh PORT REALM CLIENT_SECRET_FILE USER
set -euo pipefail

port=$1 realm=$2 secret_file=$3 user=$4
url=http://127.0.0.1:$port

fail() {
  printf 'Unable to invite %s: %s. %s.\n' "$user" "$1" "${2:-Look at keycloak.service on its host}" >&2
  exit 1
}

answer=$(log_in "$url" "$secret_file") || fail 'Keycloak does not let the client nixmox in (above)'
token=$(first access_token <<<"$answer") || fail 'Keycloak gave no token'
manage() {
  ask --config <(printf 'header = "Authorization: Bearer %s"\n' "$token") "$@"
}
users=$url/admin/realms/$realm/users
answer=$(manage "$users?exact=true&username=$user") || fail "the request to Keycloak's API failed (above)"
id=$(first id <<<"$answer") || fail 'Keycloak has no such user' 'Run pulumi up, which creates it'
password=$(head -c 15 /dev/urandom | base64)
printf '{"type":"password","temporary":true,"value":"%s"}' "$password" |
  manage --request PUT --header 'Content-Type: application/json' --data @- "$users/$id/reset-password" ||
  fail 'Keycloak does not accept a new password (above)'
printf '%s\n' "$password"
