# shellcheck shell=bash
# Writes, every hour, when certificates end, for the node exporter:
#   nixmox-certificate-ends METRICS_FILE CERTIFICATE...
# A host has few, and the deployment may replace them at any time, or not have written them yet.
page=$1
shift

while true; do
  {
    echo '# HELP nixmox_certificate_end_seconds When a certificate ends.'
    echo '# TYPE nixmox_certificate_end_seconds gauge'
    for file in "$@"; do
      [[ -r $file ]] || continue
      end=$(openssl x509 -noout -enddate -in "$file")
      printf 'nixmox_certificate_end_seconds{file="%s"} %d\n' \
        "${file##*/}" "$(date --date="${end#notAfter=}" +%s)"
    done
  } >"$page.new"
  mv "$page.new" "$page"
  sleep 1h
done
