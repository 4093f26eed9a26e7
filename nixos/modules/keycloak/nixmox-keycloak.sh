# shellcheck shell=bash
# Keeps Keycloak's own administrators in step with their secrets' files, and tells which values it
# accepts. Keycloak reads the files only when it fills an empty database.
#   nixmox-keycloak wait           returns once Keycloak is ready
#   nixmox-keycloak apply          makes Keycloak accept the values in the files, and no others
#   nixmox-keycloak verify NAME    whether it accepts the value on stdin as the secret NAME
# verify exits with 0 if it does, with 1 if it does not, and with 2 if Keycloak cannot be asked.
# Values are in no command line and no environment.
# Set by the module: api, health, accepted, lock, and secrets, the folder of their files.
: "${api:?}" "${health:?}" "${secrets:?}" "${accepted:?}" "${lock:?}"
realm=$api/realms/master
admin=$api/admin/realms/master

fail() {
  printf 'Unable to %s: %s. %s\n' "$1" "$2" "$3" >&2
  exit "${4:-1}"
}

request() {
  curl --disable --noproxy '*' --silent --show-error --max-time 20 "$@"
}

# Asks for a token with the value on stdin, and prints it.
token_of() {
  local arguments answer status
  case $1 in
    admin-password)
      arguments=(--data grant_type=password --data client_id=admin-cli --data username=admin)
      arguments+=(--data-urlencode password@-)
      ;;
    bootstrap-secret)
      arguments=(--data grant_type=client_credentials --data client_id=nixmox)
      arguments+=(--data-urlencode client_secret@-)
      ;;
    *) fail "verify the secret $1" 'Keycloak has none of this name' \
      'Name admin-password or bootstrap-secret.' 2 ;;
  esac
  answer=$(request "${arguments[@]}" --write-out '\n%{http_code}' \
    "$realm/protocol/openid-connect/token") ||
    fail 'sign in to Keycloak' 'it does not answer (above)' 'Look at the journal of keycloak.service.' 2
  status=${answer##*$'\n'}
  case $status in
    2??) jq --raw-output .access_token <<<"${answer%$'\n'*}" ;;
    400 | 401) return 1 ;;
    *) fail 'sign in to Keycloak' "it answers with HTTP status $status" \
      'Look at the journal of keycloak.service.' 2 ;;
  esac
}

# A value without the line feed that may end its file.
value_of() {
  local value
  value=$(<"$1")
  printf %s "$value"
}

# Whether Keycloak accepts a file's value, whose token is then printed.
try() { [[ -r $2 ]] && value_of "$2" | token_of "$1"; }

# Runs a request to the administration's API, with the body on stdin if there is one.
manage() {
  local method=$1 path=$2
  shift 2
  request --fail-with-body --request "$method" "$@" \
    --header @<(printf 'Authorization: Bearer %s\n' "$token") "$admin$path"
}

send() { manage "$1" "$2" --header 'Content-Type: application/json' --data-binary @-; }

set_admin_password() {
  local id
  id=$(manage GET '/users?username=admin&exact=true' | jq --exit-status --raw-output '.[0].id')
  value_of "$1" | jq --raw-input --slurp '{type: "password", value: ., temporary: false}' |
    send PUT "/users/$id/reset-password"
  # Those who are signed in with the old one.
  manage POST "/users/$id/logout"
}

set_bootstrap_secret() {
  local client
  client=$(manage GET '/clients?clientId=nixmox' | jq --exit-status '.[0]')
  jq --rawfile value <(value_of "$1") '.secret = $value' <<<"$client" |
    send PUT "/clients/$(jq --raw-output .id <<<"$client")"
}

# An administrator's token: by a value that is in a file now, or was when it was last accepted.
administrate() {
  local directory name
  for directory in "$secrets" "$accepted"; do
    for name in bootstrap-secret admin-password; do
      if token=$(try "$name" "$directory/$name"); then return; fi
    done
  done
  fail 'administer Keycloak' 'it accepts none of the values that this host knows' \
    "Create an administrator with \`kc.sh bootstrap-admin\`, and set the password of \`admin\` and the secret of the client \`nixmox\` to those in $secrets."
}

# Keycloak marks what it creates at its first start as temporary, and warns about it at every sign-in.
keep_administrators() {
  local users user
  users=$(manage GET '/users?briefRepresentation=false&exact=true&username=admin')
  user=$(jq '.[0] | select(.attributes.is_temporary_admin)' <<<"$users")
  [[ -n $user ]] || return 0
  jq 'del(.attributes.is_temporary_admin)' <<<"$user" |
    send PUT "/users/$(jq --raw-output .id <<<"$user")"
}

apply() {
  local name token
  for name in bootstrap-secret admin-password; do
    if try "$name" "$secrets/$name" >/dev/null; then continue; fi
    # Each time: the change before may have ended the sessions of the one who made it.
    administrate
    "set_${name//-/_}" "$secrets/$name"
    try "$name" "$secrets/$name" >/dev/null ||
      fail "set Keycloak's $name" 'it refuses the value that it was given' \
        'Look at the journal of keycloak.service.'
  done
  administrate
  keep_administrators
  install --directory --mode 0700 "$accepted"
  for name in bootstrap-secret admin-password; do
    install --mode 0400 "$secrets/$name" "$accepted/$name"
  done
}

await() {
  until request --fail --output /dev/null "$health" 2>/dev/null; do
    # systemd would wait for a program that has ended already, until the start times out.
    if [[ -n ${MAINPID-} ]] && ! kill -0 "$MAINPID" 2>/dev/null; then
      fail 'wait for Keycloak' 'it has ended' 'Look at the journal of keycloak.service.'
    fi
    sleep 1
  done
}

case ${1-} in
  wait) await ;;
  apply)
    exec 9>"$lock"
    flock 9
    apply
    ;;
  verify)
    IFS= read -r value || true
    [[ -n $value ]] || fail "verify the secret ${2-}" 'stdin has no value' 'Redirect its file there.' 2
    printf %s "$value" | token_of "${2-}" >/dev/null
    ;;
  *)
    echo 'Usage: nixmox-keycloak wait|apply|verify NAME' >&2
    exit 2
    ;;
esac
