# shellcheck shell=bash
# Prints the sites that the fragments in a folder are parts of:
#   assemble-sites
# Fragments of one domain form one site, the longest path first, no matter whose they are. Those without a
# path in their first line are whole sites, as earlier versions wrote them.
# Set by the module: directory, suffix.
: "${directory:?}" "${suffix:?}"

# Caddy reads no empty file.
echo "# Generated from $directory/*$suffix; changes made here are lost."
for fragment in "$directory"/*"$suffix"; do
  [[ -e $fragment ]] || continue
  IFS= read -r line <"$fragment" || true
  jq --null-input --compact-output --arg file "$fragment" --arg claim "${line#\# nixmox }" '
    ($claim | try fromjson catch {})
    | { $file, path, site: (if .tls then .domain else "http://\(.domain)" end) }
  '
done | jq --slurp --raw-output '
  (.[] | select(.path | not) | "import \(.file)"),
  (map(select(.path)) | group_by(.site)[]
    | "\(.[0].site) {",
      (sort_by(.path | sub("/$"; "") | -length)[] | "\timport \(.file)"),
      "\thandle {\n\t\trespond 404\n\t}\n}")
'
