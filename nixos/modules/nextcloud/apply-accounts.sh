# shellcheck shell=bash
# Gives Nextcloud's local administrator the password in the unit's credential `admin-password`, or shuts
# that user out if there is none:
#   apply-accounts USER [sso]
# With `sso`, people are sent to the identity provider at once where nobody has a password.
# Nextcloud reads a password from its own environment or from a terminal, and from nowhere else.
user=$1 sso=${2-}
password=$CREDENTIALS_DIRECTORY/admin-password

exists() { nextcloud-occ user:info "$user" >/dev/null 2>&1; }

if [[ -e $password ]]; then
  if ! exists; then
    OC_PASS=$(<"$password") nextcloud-occ user:add --password-from-env --group admin "$user"
  fi
  OC_PASS=$(<"$password") nextcloud-occ user:resetpassword --password-from-env "$user"
  nextcloud-occ user:enable "$user"
  several=1
else
  if exists; then nextcloud-occ user:disable "$user"; fi
  several=0
fi

if [[ $sso == sso ]]; then
  nextcloud-occ config:app:set --type=string --value="$several" \
    user_oidc allow_multiple_user_backends
fi
