#!/usr/bin/env bash
# Runs SQL as the administrator of this host's PostgreSQL server, up to the first statement that fails.
# Usage: run-sql.sh PORT [SQL]
# Without SQL, it reads stdin: the only way for statements that hold a secret. A terse error does
# not repeat the statement.
set -euo pipefail

port=$1
if (($# > 1)); then
  exec <<<"$2"
fi

# The administrator may not enter root's own folder.
cd /
# Without what servers say when there was nothing to do.
export PGOPTIONS=--client-min-messages=warning
status=0
runuser -u postgres -- psql --no-psqlrc --quiet --port="$port" \
  --set=ON_ERROR_STOP=1 --set=VERBOSITY=terse --file=- || status=$?

case $status in
  0) exit ;;
  2) what='Look at postgresql.service on this host' ;;
  *) what='Correct the values in the statement' ;;
esac
printf 'Unable to run SQL on the PostgreSQL server on port %s: %s (above). %s and run pulumi up again.\n' \
  "$port" "psql exited with status $status" "$what" >&2
exit "$status"
