# shellcheck shell=bash
# Writes the hashed passwords of mailboxes, which are this unit's credentials, as Dovecot reads them:
#   write-passwords FILE DOMAIN NAME...
file=$1 domain=$2
shift 2
for name; do
  hash=$(mkpasswd --method=sha-512 --stdin <"$CREDENTIALS_DIRECTORY/$name")
  printf '%s@%s:{SHA512-CRYPT}%s::::::\n' "$name" "$domain" "$hash"
done >"$file.part"
chmod 0640 "$file.part"
mv "$file.part" "$file"
