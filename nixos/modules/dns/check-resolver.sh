# shellcheck shell=bash
# Asks the resolver on this host whether it answers and, through those that it forwards to, for names of
# others:
#   nixmox-check-resolver ADDRESS[@PORT] [ZONE FORWARDER...]...
#   FORWARDER   ADDRESS@PORT or ADDRESS@PORT#TLS-NAME; any number after their ZONE, which ends with a dot
# Exits with 1 if something does not resolve, and says which of them is the reason and why.
if (($# < 1)); then
  echo 'Usage: nixmox-check-resolver ADDRESS[@PORT] [ZONE FORWARDER...]...' >&2
  exit 2
fi
server=${1%%@*} server_port=53
[[ $1 != *@* ]] || server_port=${1#*@}
shift
bundle=${NIX_SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

# What a server answers within some seconds, with the header, or what went wrong.
ask() {
  local time=$1
  shift
  dig +noall +comments +answer +tries=1 +time="$time" "$@" 2>&1 || true
}

status_of() {
  sed -n 's/^;; ->>HEADER<<-.* status: \([A-Z0-9]*\),.*/\1/p' <<<"$1" | head -n 1
}

# Why there was no answer at all, in words.
silence_of() {
  case $1 in
    *'verification'*) sed -n 's/^;; \(TLS .*verification.*\)/its certificate is not accepted (\1)/p' <<<"$1" | head -n 1 ;;
    *'connection refused'*) echo 'nothing listens there (connection refused)' ;;
    *'unreachable'*) echo 'there is no way to it (network unreachable)' ;;
    *'TLS'*) echo 'it does not speak TLS there' ;;
    *) echo 'it does not answer (time-out)' ;;
  esac
}

# What one of those asked answers about a zone, if asked directly.
examine() {
  local zone=$1 forwarder=$2 unsigned=$3 address port name='' options=() said status
  [[ $forwarder == *'#'* ]] && name=${forwarder#*#}
  address=${forwarder%%@*} port=${forwarder#*@}
  port=${port%%#*}
  [[ -z $name ]] || options=(+tls "+tls-ca=$bundle" "+tls-hostname=$name")
  said=$(ask 3 "@$address" -p "$port" "${options[@]}" +dnssec +cd "$zone" SOA)
  status=$(status_of "$said")
  case $status in
    '') silence_of "$said" ;;
    NOERROR | NXDOMAIN)
      if [[ -n $unsigned && $said != *RRSIG* ]]; then
        echo 'its answers have no DNSSEC signatures, so they are refused (SERVFAIL); set dnssec = false for it, or name another'
      elif [[ -n $unsigned ]]; then
        echo 'its answers do not pass DNSSEC validation, so they are refused (SERVFAIL)'
      else
        echo "it answers now ($status)"
      fi
      ;;
    REFUSED) echo 'it refuses to answer this host (REFUSED)' ;;
    *) echo "it fails itself ($status)" ;;
  esac
}

# Whether names of a zone resolve; if not, its report says why.
check() {
  local zone=$1 report=$2 said status unsigned='' reason forwarder
  shift 2
  said=$(ask 6 "@$server" -p "$server_port" "$zone" SOA)
  status=$(status_of "$said")
  [[ $status != NOERROR && $status != NXDOMAIN ]] || return 0
  # Without validation, the same answer passes.
  [[ $status != SERVFAIL || $(status_of "$(ask 6 "@$server" -p "$server_port" +cd "$zone" SOA)") == SERVFAIL ]] || unsigned=yes
  {
    printf 'Unable to resolve %s through %s: %s.\n' \
      "$([[ $zone == . ]] && echo 'names of the internet' || echo "names below ${zone%.}")" \
      "$([[ $zone == . ]] && echo network.dns_forwarders || echo "network.forward.\"${zone%.}\"")" \
      "${status:-no answer}"
    sed -n 's/^; \(EDE: .*\)/  Unbound says: \1/p' <<<"$said"
    for forwarder; do
      reason=$(examine "$zone" "$forwarder" "$unsigned")
      printf '  %s: %s.\n' "$forwarder" "$reason"
    done
  } >"$report"
}

# Unbound knows this name by itself.
status=$(status_of "$(ask 3 "@$server" -p "$server_port" localhost A)")
if [[ $status != NOERROR ]]; then
  printf 'Unable to resolve names at %s: %s. Look at the journal of unbound.service.\n' \
    "$server" "${status:-no answer}" >&2
  exit 1
fi

checks=0 zone='' forwarders=()
flush() {
  [[ -n $zone ]] || return 0
  check "$zone" "$reports/$checks" "${forwarders[@]}" &
  checks=$((checks + 1))
  forwarders=()
}
for word; do
  if [[ $word == *. ]]; then
    flush
    zone=$word
  else
    forwarders+=("$word")
  fi
done
flush
wait
failed=0
for report in "$reports"/*; do
  # A pattern without a match stays as it is.
  [[ -e $report ]] || continue
  failed=1
  cat "$report" >&2
done
exit "$failed"
