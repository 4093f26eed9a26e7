# shellcheck shell=bash
# Asks a web service on this host whether it accepts a user's password, by HTTP's own sign-in, or a
# mail server, by logging in to a mailbox (imaps://mail.nixmox.lan):
#   nixmox-login USER URL      the password comes on stdin
# Exits with 0 if it does, with 1 if it does not, and with 2 if the service cannot be asked. The
# password is in no command line and no environment.
if (($# != 2)); then
  echo 'Usage: nixmox-login USER URL' >&2
  exit 2
fi
user=$1 url=$2

IFS= read -r password || true
if [[ -z $password ]]; then
  printf 'Unable to sign in to %s: stdin has no password. Redirect its file there.\n' "$url" >&2
  exit 2
fi
password=${password//\\/\\\\}
password=${password//\"/\\\"}
# A daemon that has just started may not listen yet.
failure=0
answer=$(printf 'user = "%s:%s"\n' "$user" "$password" |
  curl --disable --config - --noproxy '*' --silent --show-error --max-time 10 --output /dev/null \
    --retry 10 --retry-delay 1 --retry-max-time 15 --retry-connrefused \
    --write-out '%{http_code}' --url "$url") || failure=$?
# Mail servers have no status; curl says itself that they refuse a login.
if [[ $url == imaps://* && $failure == 0 ]]; then exit 0; fi
if ((failure != 0 && failure != 67)); then
  printf 'Unable to sign in to %s: it does not answer (above). Look at the journal of its service.\n' "$url" >&2
  exit 2
fi
((failure == 0)) || answer=401
case $answer in
  2??) exit 0 ;;
  401 | 403) status=1 why="it refuses the password of $user" ;;
  *) status=2 why="it answers with HTTP status $answer" ;;
esac
printf 'Unable to sign in to %s: %s. Name a page or mailbox of %s alone, or correct the password.\n' \
  "$url" "$why" "$user" >&2
exit "$status"
