#!/usr/bin/env bash
# What the scripts authentik-*.sh have before their own text.

# A request to Authentik's API: ask TOKEN_FILE CURL_ARGUMENT...
# The token is in no argument of curl's: printf is the shell's own.
ask() {
  local token_file=$1
  shift
  curl --disable --silent --show-error --noproxy '*' --max-time 20 \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$(<"$token_file")") "$@"
}
