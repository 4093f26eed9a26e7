#!/bin/sh
# Succeeds if an identity provider accepts a client's secret, which comes on stdin: it then refuses the
# code that comes with it, and otherwise the client. Exits with 1 if it does not accept it, and with 2
# if it cannot be asked.
# Usage: verify-client.sh TOKEN_ENDPOINT CLIENT_ID REDIRECT_URI CA_FILE
answer=$(curl --disable --silent --show-error --max-time 20 --cacert "$4" \
  --data grant_type=authorization_code --data code=none --data-urlencode "redirect_uri=$3" \
  --data-urlencode "client_id=$2" --data-urlencode client_secret@- "$1") || exit 2
case $answer in
  *'"invalid_grant"'*) exit 0 ;;
  *'"invalid_client"'* | *'"unauthorized_client"'*) exit 1 ;;
esac
echo 'the identity provider answers in another way' >&2
exit 2
