# shellcheck shell=bash
# Waits until OpenBao can be used, initialises it the first time, and keeps the key that it is sealed
# with, which it needs once more when there is a new one:
#   openbao-started URL SEAL_KEY_FILE STATE_DIRECTORY [SECONDS]
url=$1 key=$2 state=$3 patience=${4:-60}
answer=$state/initialised.json

status_of() {
  curl --disable --noproxy '*' --silent --max-time 5 --output /dev/null --write-out '%{http_code}' \
    "$url/v1/sys/health?standbycode=200" || true
}

deadline=$((SECONDS + patience))
until status=$(status_of) && [[ $status == 200 ]]; do
  # Until it is initialised, anyone who reaches it could do that.
  if [[ $status == 501 ]]; then
    if [[ -s $answer ]]; then
      printf 'Unable to start OpenBao: its data is gone, although %s says that there was some. %s\n' \
        "$answer" 'Restore it, or remove that file to begin with none.' >&2
      exit 1
    fi
    (
      umask 0377
      BAO_ADDR=$url bao operator init -recovery-shares=1 -recovery-threshold=1 -format=json >"$answer.new"
    )
    mv "$answer.new" "$answer"
  fi
  if ((SECONDS >= deadline)); then
    printf 'Unable to unseal OpenBao: its health is %s. %s\n' "$status" \
      "Look at the journal of openbao.service: where its data was sealed with another key, put that into $state/seal-key and restart it." >&2
    exit 1
  fi
  sleep 1
done
install --mode 0400 "$key" "$state/seal-key"
