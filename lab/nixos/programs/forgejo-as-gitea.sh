#!/bin/bash
# Runs Gitea in Forgejo's place, as `forgejo` or `environment-to-ini`: what Forgejo reads from its
# environment gets Gitea's names.
program=${0##*/}
for name in ${!FORGEJO_@}; do
  export "GITEA_${name#FORGEJO_}=${!name}"
done
exec "/usr/lib/nixmox-lab/extras/gitea/bin/${program/#forgejo/gitea}" "$@"
