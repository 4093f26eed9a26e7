# shellcheck shell=bash
# Prints the record by which others check this host's signatures, as the manifest has it:
#   nixmox-dkim-record
# For a public DNS, copy its name, type and text. Set by the module: selector, domain, and keys, the
# folder of the keys.
: "${selector:?}" "${domain:?}" "${keys:?}"
key=$keys/$selector.private
if [[ ! -r $key ]]; then
  printf 'Unable to print the record: there is no readable %s. Log in as root, and look at the journal of opendkim.service.\n' "$key" >&2
  exit 1
fi
public=$(openssl pkey -in "$key" -pubout -outform DER | base64 --wrap=0)
cat <<END
[[network.records]]
name = "$selector._domainkey.$domain."
type = "TXT"
text = "v=DKIM1; k=rsa; p=$public"
END
