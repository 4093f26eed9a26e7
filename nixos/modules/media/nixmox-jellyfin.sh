# shellcheck shell=bash
# Keeps the password of Jellyfin's first administrator in step with its secret's file. Until its wizard
# is answered, anyone who opens it becomes the administrator; this answers it.
#   nixmox-jellyfin apply     makes Jellyfin accept the value in the file
#   nixmox-jellyfin verify    whether it accepts the value on stdin: 0 yes, 1 no, 2 it cannot be asked
# Values are in no command line and no environment.
# Set by the module: url, Jellyfin's address on this host; user; file, the secret's; accepted, a file of
# root's with the value that Jellyfin accepted last.
: "${url:?}" "${user:?}" "${file:?}" "${accepted:?}"

fail() {
  printf 'Unable to %s: %s. %s\n' "$1" "$2" "$3" >&2
  exit "${4:-1}"
}

# A request with a JSON body on stdin, as the client whose token is `token`, if there is one.
ask() {
  local method=$1 path=$2
  shift 2
  curl --disable --noproxy '*' --silent --show-error --max-time 20 --request "$method" \
    --header @<(printf 'Authorization: MediaBrowser Client="nixmox", Device="nixmox", DeviceId="nixmox", Version="1"%s\n' \
      "${token:+, Token=\"$token\"}") \
    --header 'Content-Type: application/json' "$@" "$url$path"
}
send() { ask POST "$1" --fail --output /dev/null --data-binary @-; }

# Signs in with the value on stdin, and prints the token: 0 accepted, 1 refused, 2 it cannot be asked.
sign_in() {
  local answer status
  answer=$(jq --raw-input --slurp --compact-output --arg user "$user" \
    '{ Username: $user, Pw: rtrimstr("\n") }' |
    ask POST /Users/AuthenticateByName --data-binary @- --write-out '\n%{http_code}') || return 2
  status=${answer##*$'\n'}
  case $status in
    2??) jq --exit-status --raw-output .AccessToken <<<"${answer%$'\n'*}" || return 2 ;;
    401 | 403) return 1 ;;
    *) return 2 ;;
  esac
}
sign_out() { send /Sessions/Logout </dev/null || true; }

is_new() { jq --exit-status '.StartupWizardCompleted == false' <<<"$info" >/dev/null; }

# It takes a while to start; the first time, or with another release, it changes its database before.
await() {
  local deadline=$((SECONDS + 280))
  until info=$(ask GET /System/Info/Public --fail 2>/dev/null); do
    ((SECONDS < deadline)) || fail 'set up Jellyfin' 'it does not answer' \
      'Look at the journal of jellyfin.service.'
    sleep 1
  done
}

answer_wizard() {
  local token=
  ask GET /Startup/Configuration --fail | send /Startup/Configuration
  # This creates the user whom the next request changes.
  ask GET /Startup/User --fail --output /dev/null
  jq --raw-input --slurp --arg user "$user" '{ Name: $user, Password: rtrimstr("\n") }' <"$file" |
    send /Startup/User
  send /Startup/RemoteAccess <<<'{ "EnableRemoteAccess": true, "EnableAutomaticPortMapping": false }'
  send /Startup/Complete </dev/null
}

# Whether Jellyfin accepts the value in the file; if so, nothing stays signed in.
accepts() {
  local token status=0
  token=$(sign_in) || status=$?
  ((status == 0)) || return "$status"
  sign_out
}

# With the value before, if Jellyfin still accepts that. It signs out everyone who used it.
change() {
  local token
  [[ -r $accepted ]] && token=$(sign_in <"$accepted") || return 1
  jq --null-input --rawfile old "$accepted" --rawfile new "$file" \
    '{ CurrentPw: $old | rtrimstr("\n"), NewPw: $new | rtrimstr("\n") }' | send /Users/Password
  sign_out
}

apply() {
  local info status=0
  await
  if is_new; then answer_wizard; fi
  accepts <"$file" || status=$?
  if ((status == 1)) && change; then
    status=0
    accepts <"$file" || status=$?
  fi
  case $status in
    0) ;;
    1)
      fail "set the password of $user in Jellyfin" 'it accepts neither the one in the file nor the one before' \
        "Let Jellyfin's page for a forgotten password, opened from the homelab, leave a PIN in its folder, sign in with that, and set the password to the one in $file."
      ;;
    *) fail "set the password of $user in Jellyfin" 'it does not answer (above)' 'Look at the journal of jellyfin.service.' ;;
  esac
  install -D --mode=0400 "$file" "$accepted"
}

verify() {
  local value status=0
  IFS= read -r value || true
  [[ -n $value ]] || fail "verify the password of $user" 'stdin has no value' 'Redirect its file there.' 2
  accepts <<<"$value" || status=$?
  ((status < 2)) || fail "verify the password of $user" 'Jellyfin does not answer (above)' \
    'Look at the journal of jellyfin.service.' 2
  return "$status"
}

case ${1-} in
  apply) apply ;;
  verify) verify ;;
  *)
    echo 'Usage: nixmox-jellyfin apply|verify' >&2
    exit 2
    ;;
esac
