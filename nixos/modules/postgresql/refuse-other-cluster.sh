# shellcheck shell=bash
# Keeps the server from creating an empty cluster beside the data of another major version.
# Usage: refuse-other-cluster DATA_DIRECTORY VERSION SERVICE
data=$1 version=$2 service=$3

[[ ! -e $data/PG_VERSION ]] || exit 0
found=''
for file in "$(dirname "$data")"/*/PG_VERSION; do
  [[ -e $file ]] || continue
  other=$(<"$file")
  if [[ -z $found ]] || ((${other%%.*} > ${found%%.*})); then
    found=$other directory=${file%/*}
  fi
done
[[ -n $found ]] || exit 0
key="version = \"$found\""
printf 'Unable to start PostgreSQL %s: the data of %s are in %s, of PostgreSQL %s. Set %s for %s in the manifest, or move the data to %s first (docs/operations.md).\n' \
  "$version" "$service" "$directory" "$found" "$key" "$service" "$version" >&2
exit 1
