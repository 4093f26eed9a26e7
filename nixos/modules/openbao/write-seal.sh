# shellcheck shell=bash
# Tells OpenBao which keys it unseals itself with:
#   openbao-write-seal CREDENTIALS_DIRECTORY CONFIGURATION_FILE
# The data names the key that it was sealed with, so each key's name comes from its value. Where the
# last start had another one, OpenBao unseals with that and seals with the new one from then on.
credentials=$1 file=$2

name_of() {
  local digest
  digest=$(printf %s "$(<"$1")" | sha256sum)
  printf %s "${digest:0:16}"
}

current=$(name_of "$credentials/seal-key")
previous=$(name_of "$credentials/previous-seal-key")
settings="\"current_key_id\": \"$current\", \"current_key\": \"file://$credentials/seal-key\""
if [[ -s $credentials/previous-seal-key && $previous != "$current" ]]; then
  settings+=", \"previous_key_id\": \"$previous\""
  settings+=", \"previous_key\": \"file://$credentials/previous-seal-key\""
fi
umask 0077
printf '{"seal": {"static": {%s}}}\n' "$settings" >"$file"
