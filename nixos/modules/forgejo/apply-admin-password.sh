# shellcheck shell=bash
# Sets the password of Forgejo's local administrator to the one in a file, unless it is that already:
#   apply-admin-password USER URL PASSWORD_FILE FORGEJO_COMMAND...
# Forgejo's command line would take the password as an argument, so its API gets it, with a token that
# lives as long as this program. Nothing secret is in a command line or the environment.
user=$1 url=${2%/} file=$3
shift 3

status=0
nixmox-login "$user" "$url/api/v1/user" <"$file" || status=$?
((status == 1)) || exit "$status"

name=password-$(date +%s%N)
token=$("$@" admin user generate-access-token --username "$user" --token-name "$name" \
  --scopes write:admin,write:user --raw)

# The last line of what the command prints, should it report anything before.
authorise() {
  printf 'header = "Authorization: token %s"\n' "${token##*$'\n'}"
}
ask() {
  curl --disable --noproxy '*' --fail --silent --show-error --max-time 20 --output /dev/null "$@"
}

change=$(jq --null-input --raw-input --compact-output --arg user "$user" \
  '{ source_id: 0, login_name: $user, password: input, must_change_password: false }' <"$file")
ask --config <(authorise) --request PATCH --header 'Content-Type: application/json' \
  --data @- "$url/api/v1/admin/users/$user" <<<"$change"

# A token may not delete itself; the password may.
IFS= read -r password <"$file" || true
password=${password//\\/\\\\}
password=${password//\"/\\\"}
ask --config - --request DELETE "$url/api/v1/users/$user/tokens/$name" \
  <<<"user = \"$user:$password\""

exec nixmox-login "$user" "$url/api/v1/user" <"$file"
