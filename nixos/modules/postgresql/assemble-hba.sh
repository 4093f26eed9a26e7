# shellcheck shell=bash
# Builds pg_hba.conf from the fragments: the administrator on this host, and on each line one role
# for one database from one address with TLS and its password. With `verify`, the running server must accept
# the result, or the previous file stays.
# Set by the module: directory, suffix, target, port.
: "${directory:?}" "${suffix:?}" "${target:?}" "${port:?}"

word='"[A-Za-z0-9_-]+"'
rule="^hostssl[[:space:]]+${word}[[:space:]]+${word}[[:space:]]+[0-9.]+/32[[:space:]]+scram-sha-256$"

render() {
  local fragment line number
  echo "# Generated from $directory/*$suffix; changes made here are lost."
  echo 'local all postgres peer'
  for fragment in "$directory"/*"$suffix"; do
    [[ -e $fragment ]] || continue
    number=0
    while IFS= read -r line || [[ -n $line ]]; do
      number=$((number + 1))
      [[ -z $line || $line == '#'* ]] && continue
      if [[ ! $line =~ $rule ]]; then
        echo "$fragment:$number: $line" >&2
        echo 'A line is: hostssl "DATABASE" "ROLE" ADDRESS/32 scram-sha-256' >&2
        return 1
      fi
      printf '%s\n' "$line"
    done <"$fragment"
  done
}

objections() {
  systemctl is-active --quiet postgresql.service || return 0
  runuser --user postgres -- psql --no-psqlrc --quiet --tuples-only --no-align --port="$port" \
    --command="SELECT 'line ' || line_number || ': ' || error FROM pg_hba_file_rules WHERE error IS NOT NULL" \
    postgres
}

new=$(mktemp "$target.XXXXXX")
trap 'rm -f "$new"' EXIT
render >"$new"
chgrp postgres "$new"
chmod 0640 "$new"

if [[ ${1-} != verify || ! -e $target ]]; then
  mv "$new" "$target"
  exit
fi

previous=$(mktemp "$target.XXXXXX")
cp --preserve "$target" "$previous"
trap 'rm -f "$new" "$previous"' EXIT
mv "$new" "$target"
if ! found=$(cd / && objections) || [[ -n $found ]]; then
  mv "$previous" "$target"
  printf '%s\n' "$found" >&2
  exit 1
fi
