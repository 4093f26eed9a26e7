# shellcheck shell=bash
# Keeps Authentik's administrator and its token in step with their secrets' files, and tells which
# values it accepts. Authentik reads the files only when it fills an empty database.
#   nixmox-authentik apply          makes Authentik accept the values in the files, and no others
#   nixmox-authentik verify NAME    whether it accepts the value on stdin as the secret NAME
# verify exits with 0 if it does, with 1 if it does not, and with 2 if Authentik cannot be asked.
# Values are in no command line and no environment.
# Set by the module: server and url, its addresses on this host and for people; accepted, lock, and
# secrets, the folder of their files.
: "${server:?}" "${url:?}" "${secrets:?}" "${accepted:?}" "${lock:?}"
api=$server/api/v3
identifier=authentik-bootstrap-token

fail() {
  printf 'Unable to %s: %s. %s\n' "$1" "$2" "$3" >&2
  exit "${4:-1}"
}

request() {
  curl --disable --noproxy '*' --silent --show-error --max-time 20 "$@"
}

# A value without the line feed that may end its file.
value_of() {
  local value
  value=$(<"$1")
  printf %s "$value"
}

# A request to the API with the token of `token`, and with the body on stdin if there is one.
manage() {
  local method=$1 path=$2
  shift 2
  request --fail-with-body --request "$method" "$@" \
    --header @<(printf 'Authorization: Bearer %s\n' "$token") "$api$path"
}

send() { manage "$1" "$2" --header 'Content-Type: application/json' --data-binary @-; }

# Whether a value is a token of an administrator: 0 yes, 1 no, 2 Authentik cannot be asked.
accepts_token() {
  local token=$1 status
  status=$(manage GET '/core/users/?page_size=1&username=akadmin' --output /dev/null \
    --no-fail-with-body --write-out '%{http_code}') || return 2
  case $status in
    2??) return 0 ;;
    401 | 403) return 1 ;;
    *) return 2 ;;
  esac
}

# Whether a value is the administrator's password, as the pages for signing in would find out.
accepts_password() {
  local password=$1 cookies answer status=0
  cookies=$(mktemp)
  answer=$(
    step() { request --fail --location --cookie "$cookies" --cookie-jar "$cookies" "$@" "$flow"; }
    flow="$api/flows/executor/default-authentication-flow/?query="
    step --output /dev/null &&
      step --output /dev/null --json '{"component": "ak-stage-identification", "uid_field": "akadmin"}' &&
      printf %s "$password" |
      jq --raw-input --slurp '{component: "ak-stage-password", password: .}' |
        step --json @-
  ) || status=2
  rm -f "$cookies"
  ((status == 0)) || return "$status"
  # The same stage again means that it refused; any other comes after the password.
  jq --exit-status '.component != "ak-stage-password"' <<<"$answer" >/dev/null
}

# A token of an administrator: the file's, or the one that was last accepted.
administrate() {
  local file
  for file in "$secrets/bootstrap-token" "$accepted/bootstrap-token"; do
    [[ -r $file ]] || continue
    token=$(value_of "$file")
    if accepts_token "$token"; then return; fi
  done
  return 1
}

# The worker creates the token, the administrator and the outpost some time after the first start.
await() {
  local deadline=$((SECONDS + 560))
  until administrate 2>/dev/null && embedded_outpost >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail 'administer Authentik' \
      'it accepts neither the token in the file nor the one before' \
      "Look at the journal of authentik-worker.service. To create another, run \`nixmox-ak create_recovery_key 60 akadmin\`, and set the key of the token $identifier to the one in $secrets/bootstrap-token."
    sleep 1
  done
}

set_token() {
  local key=$secrets/bootstrap-token
  if accepts_token "$(value_of "$key")"; then return; fi
  value_of "$key" | jq --raw-input --slurp '{key: .}' |
    send POST "/core/tokens/$identifier/set_key/"
  token=$(value_of "$key")
  accepts_token "$token" || fail "set Authentik's token" 'it refuses the value that it was given' \
    'Look at the journal of authentik.service.'
}

set_password() {
  local file=$secrets/admin-password id
  if accepts_password "$(value_of "$file")"; then return; fi
  id=$(manage GET '/core/users/?username=akadmin' | jq --exit-status '.results[0].pk')
  value_of "$file" | jq --raw-input --slurp '{password: .}' |
    send POST "/core/users/$id/set_password/"
  accepts_password "$(value_of "$file")" ||
    fail "set the password of akadmin" 'Authentik refuses the value that it was given' \
      'Look at the journal of authentik.service.'
}

embedded_outpost() {
  manage GET '/outposts/instances/?managed__iexact=goauthentik.io%2Foutposts%2Fembedded' |
    jq --exit-status '.results[0]'
}

# Where the embedded outpost sends people to sign in; a new Authentik does not know.
set_address() {
  local outpost
  outpost=$(embedded_outpost)
  if jq --exit-status --arg url "$url/" '.config.authentik_host == $url' <<<"$outpost" >/dev/null; then
    return
  fi
  jq --arg url "$url/" '{config: (.config + {authentik_host: $url})}' <<<"$outpost" |
    send PATCH "/outposts/instances/$(jq --raw-output .pk <<<"$outpost")/" >/dev/null
}

apply() {
  local token
  await
  set_token
  set_password
  set_address
  install --directory --mode 0700 "$accepted"
  install --mode 0400 "$secrets/bootstrap-token" "$accepted/bootstrap-token"
}

verify() {
  local value status=0
  IFS= read -r value || true
  [[ -n $value ]] || fail "verify the secret $1" 'stdin has no value' 'Redirect its file there.' 2
  case $1 in
    bootstrap-token) accepts_token "$value" || status=$? ;;
    admin-password) accepts_password "$value" || status=$? ;;
    *) fail "verify the secret $1" 'Authentik has none of this name' \
      'Name admin-password or bootstrap-token.' 2 ;;
  esac
  ((status < 2)) || fail "verify the secret $1" 'Authentik does not answer (above)' \
    'Look at the journal of authentik.service.' 2
  return "$status"
}

case ${1-} in
  apply)
    exec 9>"$lock"
    flock 9
    apply
    ;;
  verify) verify "${2-}" ;;
  *)
    echo 'Usage: nixmox-authentik apply|verify NAME' >&2
    exit 2
    ;;
esac
