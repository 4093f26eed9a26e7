# shellcheck shell=bash
# Puts or removes one fragment of a service that lives on another host:
#   nixmox-fragment put KIND NAME      the content comes on stdin
#   nixmox-fragment remove KIND NAME
# The daemon's own checker sees the result, and which file has changed, before the daemon does. If it
# objects, or if the daemon cannot load it, the previous state is restored. An interrupted change is
# undone first.
kinds=${NIXMOX_FRAGMENT_KINDS:-/etc/nixmox/fragments}
state=${NIXMOX_STATE:-/var/lib/nixmox}

fail() {
  printf 'Unable to %s %s fragment %s: %s\n' "$action" "$kind" "$name" "$1" >&2
  exit 1
}

# Every change leaves a note of what was there before, until it has been applied.
note_previous() {
  if [[ -e $file ]]; then
    cp --preserve "$file" "$directory/.previous.part"
    mv "$directory/.previous.part" "$directory/.previous.$name"
  else
    : >"$directory/.absent.$name"
  fi
}

forget_previous() {
  rm -f "$directory/.previous.$name" "$directory/.absent.$name"
}

put_back() {
  local note
  for note in "$directory"/.previous.* "$directory"/.absent.*; do
    case ${note##*/} in
      .previous.part | '.previous.*' | '.absent.*') rm -f "$note" ;;
      .previous.*) mv -f "$note" "$directory/${note##*/.previous.}$suffix" ;;
      .absent.*) rm -f "$directory/${note##*/.absent.}$suffix" "$note" ;;
    esac
  done
}

interrupted() {
  local note
  for note in "$directory"/.previous.* "$directory"/.absent.*; do
    # A pattern without a match stays as it is.
    [[ -e $note ]] && return 0
  done
  return 1
}

# What the check assembled from the fragments must be assembled again from the previous ones.
put_back_and_apply() {
  put_back
  "$check" >/dev/null 2>&1 9>&- || true
  "$apply" >&2 9>&- || true
}

check_and_apply() {
  trap 'put_back_and_apply; exit 130' HUP INT TERM
  if ! "$check" "$file" >&2 9>&-; then
    put_back
    "$check" >/dev/null 2>&1 9>&- || true
    fail "it was refused (above), and the previous state has been restored. Correct the values that it is made from."
  fi
  if ! "$apply" >&2 9>&-; then
    put_back_and_apply
    fail "the daemon could not load it (above), and the previous state has been restored. Look at the daemon's journal on this host."
  fi
  forget_previous
}

action=${1-} kind=${2-} name=${3-}
if (($# != 3)) || [[ $action != put && $action != remove ]]; then
  echo 'Usage: nixmox-fragment put|remove KIND NAME' >&2
  exit 2
fi
[[ $kind =~ ^[a-z0-9][a-z0-9-]*$ ]] || fail 'a kind consists of lower-case letters, digits and dashes. Name one of this host.'
[[ $name =~ ^[a-z0-9][a-z0-9-]*$ ]] || fail 'a name consists of lower-case letters, digits and dashes. Choose such a name.'

if [[ ! -f $kinds/$kind ]]; then
  if [[ $action == remove ]]; then
    # The daemon that read it is no longer on this host.
    rm -f "${state:?}/$kind/$name".*
    exit 0
  fi
  fail "this host accepts no fragments of this kind. Switch it to a configuration that does."
fi
directory='' suffix='' group='' mode='' check='' apply=''
# shellcheck source=/dev/null
. "$kinds/$kind"
file=$directory/$name$suffix

mkdir -p "$directory"
exec 9>"$directory/.lock"
flock 9

stale=
if interrupted; then
  put_back
  stale=yes
fi

if [[ $action == put ]]; then
  new=$(mktemp "$directory/.new.XXXXXX")
  trap 'rm -f "$new"' EXIT
  cat >"$new"
  chgrp "$group" "$new"
  chmod "$mode" "$new"
  if [[ -z $stale && -f $file ]] && cmp --silent "$new" "$file"; then
    exit 0
  fi
  note_previous
  mv -f "$new" "$file"
else
  if [[ -z $stale && ! -e $file ]]; then
    exit 0
  fi
  note_previous
  rm -f "$file"
fi
check_and_apply
