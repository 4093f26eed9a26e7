# shellcheck shell=bash
# Fails if Caddy would refuse the routes:
#   check-routes [FRAGMENT]     a fragment that has just been put
# A fragment's first line, written by the deployment, says what it is for: its domain and path, whether
# it has TLS, its upstreams, and the paths of its guard. The rest comes from the manifest, where anyone
# may have written something: it is looked at alone, as JSON, and has to stay within what the first line says.
# Set by the module: directory, suffix, caddyfile, authorities (the folder of devices' certificates),
# text (route-text.jq), site (route-site.jq).
: "${directory:?}" "${authorities:?}" "${suffix:?}" "${caddyfile:?}" "${text:?}" "${site:?}"

refuse() {
  printf 'Unable to accept route %s: %s\n' "$(basename "$1" "$suffix")" "$2" >&2
  exit 1
}

# Prints what the first line of a fragment says.
read_claim() {
  local line
  IFS= read -r line <"$1" || return
  [[ $line == '# nixmox '* ]] || return
  jq --compact-output --exit-status '
    select(keys == ["domain", "own_paths", "path", "tls", "upstreams"])
    | select(.domain | test("^([*][.])?[a-z0-9-]+([.][a-z0-9-]+)+$"))
    | select([.path, .own_paths[]] | all(test("^/[A-Za-z0-9/_.~*-]*$")))
    | select(.tls | type == "boolean")
    | select(.upstreams | type == "array" and all(test("^([A-Za-z0-9.-]+|\\[[0-9a-f:]+\\]):[0-9]+$")))
  ' <<<"${line#\# nixmox }" 2>/dev/null
}

check_claim() {
  local other
  for other in "$directory"/*"$suffix"; do
    [[ $other != "$1" ]] || continue
    if [[ $(read_claim "$other" | jq --raw-output '.domain + .path') == "$2" ]]; then
      refuse "$1" "$2 belongs to $(basename "$other" "$suffix"). Choose another domain or path."
    fi
  done
}

# Prints a fragment as the only one of its site. A block beside it shows which of its blocks answer at
# most one request each, as opposed to what would apply to all requests of the site.
wrap() {
  printf '%s {\n' "$2"
  cat "$1"
  printf 'handle /nixmox-beside {\n\tabort\n}\n}\n'
}

# Prints what is wrong with a fragment, one reason on each line.
find_faults() {
  local fragment=$1 claim=$2 address=$3 faults
  wrap "$fragment" "$address" >"$scratch/site.caddy"
  faults=$(jq --raw-input --raw-output --slurp --from-file "$text" <"$scratch/site.caddy" 2>/dev/null) ||
    faults='a text that cannot be read'
  # Such a text is not even adapted: that might read files.
  if [[ -n $faults ]]; then
    printf '%s\n' "$faults"
    return
  fi
  caddy adapt --config "$scratch/site.caddy" --adapter caddyfile 2>"$scratch/log" >"$scratch/site" || {
    sed -n 's/^Error: //p' "$scratch/log"
    return
  }
  jq --raw-output --argjson route "$claim" --arg authorities "$authorities" --from-file "$site" <"$scratch/site" 2>/dev/null ||
    echo 'something in a place where nothing is known'
}

check_fragment() {
  local fragment=$1 claim domain address faults
  claim=$(read_claim "$fragment") ||
    refuse "$fragment" 'its first line does not say whose it is. Only a deployment writes it.'
  domain=$(jq --raw-output .domain <<<"$claim")
  address=$(jq --raw-output 'if .tls then .domain else "http://" + .domain end' <<<"$claim")
  check_claim "$fragment" "$domain$(jq --raw-output .path <<<"$claim")"
  faults=$(find_faults "$fragment" "$claim" "$address")
  [[ $faults == accepted ]] ||
    refuse "$fragment" "$domain may not have ${faults//$'\n'/; }. Correct extra_config in the manifest."
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch XDG_DATA_HOME=$scratch XDG_CONFIG_HOME=$scratch

if [[ -n ${1-} && -e $1 ]]; then
  check_fragment "$1"
fi
caddy validate --config "$caddyfile" --adapter caddyfile >"$scratch/log" 2>&1 || {
  grep '^Error' "$scratch/log" || cat "$scratch/log"
  exit 1
} >&2
