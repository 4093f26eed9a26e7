#!/usr/bin/env bash
# Succeeds if a volume can be mounted without hiding files, or is mounted already.
# Usage: check-mount-point.sh SERVICE UNIT VOLUME PATH
set -euo pipefail
service=$1 unit=$2 volume=$3 path=$4

while read -r _ _ _ _ target _; do
  [[ $target != "$path" ]] || exit 0
done </proc/self/mountinfo

why=
if [[ -L $path || (-e $path && ! -d $path) ]]; then
  why='there is something else than a folder'
elif [[ -d $path && -n $(ls -A -- "$path") ]]; then
  why='the folder has files, which it would hide'
fi
[[ -n $why ]] || exit 0
echo "Unable to mount volume $volume of $service at $path: $why. Move it aside on the host with" \
  "\`systemctl stop $unit && mv $path $path.old\`, deploy again, and move what it had into the volume with" \
  "\`systemctl stop $unit && cp -a $path.old/. $path/ && systemctl start $unit\`." >&2
exit 1
