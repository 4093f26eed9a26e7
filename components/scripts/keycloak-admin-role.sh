#!/usr/bin/env bash
# Prints the id of the role that administers a realm of Keycloak.
# Usage: keycloak-admin-role.sh PORT REALM CLIENT_SECRET_FILE
set -euo pipefail

port=$1 realm=$2 secret_file=$3
url=http://127.0.0.1:$port

fail() {
  printf 'Unable to configure Keycloak: %s. %s.\n' "$1" \
    'Look at keycloak.service on this host, and run pulumi up again' >&2
  exit 1
}

answer=$(log_in "$url" "$secret_file") || fail 'it does not let the client nixmox in (above)'
token=$(first access_token <<<"$answer") || fail 'it gave no token'
read_json() {
  ask --config <(printf 'header = "Authorization: Bearer %s"\n' "$token") "$url/admin/realms/$realm/$1"
}
answer=$(read_json 'clients?clientId=realm-management') || fail "the realm $realm has no client realm-management"
client=$(first id <<<"$answer") || fail "the realm $realm has no client realm-management"
answer=$(read_json "clients/$client/roles/realm-admin") || fail "the realm $realm has no role realm-admin"
first id <<<"$answer"
