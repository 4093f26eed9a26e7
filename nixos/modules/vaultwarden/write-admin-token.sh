# shellcheck shell=bash
# Writes the unit's credential `admin-token` to a file as Vaultwarden wants it, which is hashed:
#   write-admin-token FILE
# A value that is such a hash already stays as it is.
file=$1

IFS= read -r token <"$CREDENTIALS_DIRECTORY/admin-token" || true
umask 0377
rm -f "$file"
if [[ $token == \$argon2* ]]; then
  printf '%s\n' "$token" >"$file"
else
  salt=$(head --bytes=24 /dev/urandom | base64)
  printf %s "$token" | argon2 "$salt" -id -t 3 -k 65540 -p 4 -l 32 -e >"$file"
fi
