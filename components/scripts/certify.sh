#!/usr/bin/env bash
# Creates a private key and a certificate for it, and prints both as PEM, the key first.
# Usage: certify.sh KIND NAME DAYS
#   root          signs itself and may certify names below the domain NAME
#   intermediate  may do the same, but no further authority
#   server        is for the host NAME
# All but a root are signed by one: its key and certificate come on stdin, as they were printed.
set -euo pipefail

kind=$1 name=$2 days=$3

fail() {
  printf 'Unable to certify %s (%s): %s. %s and run pulumi up again.\n' "$name" "$kind" "$1" "$2" >&2
  exit 1
}

# Every form of name that a verifier checks: those below the domain, and no address at all. Go from
# 1.26 on does not see that ::ffff:192.0.2.1 is in ::/0, so it is also not among those permitted, of
# which nothing is left.
authority() {
  printf '%s\n' "basicConstraints=critical,CA:TRUE,pathlen:$1" \
    'keyUsage=critical,keyCertSign,cRLSign' "nameConstraints=critical,@names" '[names]' \
    "permitted;DNS.1=$name" "permitted;email.1=.$name" "permitted;URI.1=.$name" \
    'permitted;IP.1=0.0.0.0/255.255.255.255' \
    'permitted;IP.2=0:0:0:0:0:0:0:0/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' \
    'excluded;IP.1=0.0.0.0/0.0.0.0' 'excluded;IP.2=0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0'
}

extensions() {
  printf '%s\n' 'subjectKeyIdentifier=hash' 'extendedKeyUsage=serverAuth'
  [[ $kind == root ]] || echo 'authorityKeyIdentifier=keyid'
  case $kind in
    root) authority 1 ;;
    intermediate) authority 0 ;;
    server)
      printf '%s\n' 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' \
        "subjectAltName=DNS:$name"
      ;;
  esac
}

case $kind in
  root) subject="NixMox CA for $name" ;;
  intermediate) subject="NixMox proxy CA for $name" ;;
  server) subject=$name ;;
  *) fail 'there is no such kind' 'Correct the command' ;;
esac
command -v openssl >/dev/null || fail 'this machine has no openssl' 'Install OpenSSL 1.1.1 or later here'

# For this user alone, and only until the end.
umask 077
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd -- "$folder"
[[ $kind == root ]] || cat >issuer.pem
extensions >extensions.cnf

quietly() {
  "$@" >log 2>&1 || {
    cat log >&2
    fail 'openssl failed (above)' 'Correct that'
  }
}

quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem
# X.509 has room for 64 characters; what counts are the names in the extensions.
quietly openssl req -new -sha256 -key key.pem -subj "/CN=${subject:0:64}" -out request.pem
signer=(-CA issuer.pem -CAkey issuer.pem)
[[ $kind != root ]] || signer=(-signkey key.pem)
quietly openssl x509 -req -sha256 -in request.pem -days "$days" -extfile extensions.cnf \
  -set_serial "0x$(openssl rand -hex 16)" "${signer[@]}" -out certificate.pem
cat key.pem certificate.pem
