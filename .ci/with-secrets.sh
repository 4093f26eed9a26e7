#!/usr/bin/env bash
# Runs `npm run ci` with secrets that a CI has as variables: they become files of this user alone, the
# variables are gone before anything else starts, and the files are when it has ended.
# Usage: with-secrets.sh preview|up [OPTION...]
# Environment: STACK, and PASSPHRASE, TOKEN, SSH_KEY; BACKEND, where the state is (an empty one: here).
set -euo pipefail

umask 077
folder=$(mktemp --directory)
child=''
trap 'rm -rf "$folder"' EXIT
# npm does not pass a signal on to what it runs, so the whole group gets it.
trap '[[ -z $child ]] || kill -TERM -- "-$child" 2>/dev/null; wait || true; exit 143' INT TERM HUP

for name in PASSPHRASE TOKEN SSH_KEY; do
  [[ -n ${!name:-} ]] || {
    printf 'Unable to run: the secret %s is missing. Add it to the environment of the CI.\n' "$name" >&2
    exit 1
  }
  # OpenSSH wants a newline at the end, which a CI's form often loses; the others do not mind.
  printf '%s\n' "${!name}" >"$folder/$name"
  unset "$name"
done
# A passphrase is the whole file.
printf '%s' "$(<"$folder/PASSPHRASE")" >"$folder/passphrase"

words=("$1" --stack "$STACK" --passphrase-file "$folder/passphrase")
words+=(--token-file "$folder/TOKEN" --ssh-key-file "$folder/SSH_KEY")
[[ -z ${BACKEND:-} ]] || words+=(--backend "$BACKEND")
shift
set -m
npm run --silent ci -- "${words[@]}" "$@" &
child=$!
wait "$child"
