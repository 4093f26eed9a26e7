# shellcheck shell=bash
# Writes when certificates end, for the node exporter:
#   nixmox-certificate-ends METRICS_FILE CERTIFICATE...
page=$1
shift

{
  echo '# HELP nixmox_certificate_end_seconds When a certificate ends.'
  echo '# TYPE nixmox_certificate_end_seconds gauge'
  for file in "$@"; do
    # The deployment may not have written it yet.
    [[ -r $file ]] || continue
    end=$(openssl x509 -noout -enddate -in "$file")
    printf 'nixmox_certificate_end_seconds{file="%s"} %d\n' \
      "${file##*/}" "$(date --date="${end#notAfter=}" +%s)"
  done
} >"$page.new"
mv "$page.new" "$page"
