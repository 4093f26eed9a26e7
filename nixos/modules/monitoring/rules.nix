# The rules that are shipped. None names a host or a service: targets have their labels `service` and
# `unit` from the deployment, so that another service needs no other rules.
{ lib }:
let
  # Series that are about files, not about memory.
  disks = ''fstype!~"tmpfs|ramfs|nsfs|overlay|squashfs|fuse.*"'';
  hours = number: toString (number * 3600);
in
{
  HostDown = {
    expr = ''up{job="node"} == 0'';
    severity = "critical";
    summary = "The host of {{ $labels.service }} ({{ $labels.instance }}) does not answer.";
  };
  # The unit that the manifest names for the service, which also may have been stopped in an orderly way.
  ServiceDown = {
    expr = ''(node_systemd_unit_state{state="active"} == 0) and on (instance, name) label_replace(up{job="node"}, "name", "$1", "unit", "(.+)")'';
    for = "2m";
    severity = "critical";
    summary = "{{ $labels.service }} is down: its unit {{ $labels.name }} is not active.";
  };
  UnitFailed = {
    expr = ''node_systemd_unit_state{state="failed"} == 1'';
    summary = "{{ $labels.name }} has failed on the host of {{ $labels.service }}.";
  };
  TargetDown = {
    expr = ''up{job!="node"} == 0'';
    summary = "{{ $labels.job }} of {{ $labels.service }} ({{ $labels.instance }}) tells no metrics.";
  };
  DatabaseDown = {
    expr = "pg_up == 0";
    for = "2m";
    severity = "critical";
    summary = "PostgreSQL on the host of {{ $labels.service }} accepts no connection.";
  };
  DiskNearlyFull = {
    expr = "min by (service, instance, device) (node_filesystem_avail_bytes{${disks}} / node_filesystem_size_bytes{${disks}}) < 0.1";
    for = "15m";
    summary = "Less than a tenth of {{ $labels.device }} is free on the host of {{ $labels.service }}.";
  };
  DiskFull = {
    expr = "min by (service, instance, device) (node_filesystem_avail_bytes{${disks}} / node_filesystem_size_bytes{${disks}}) < 0.03";
    severity = "critical";
    summary = "{{ $labels.device }} is full on the host of {{ $labels.service }}.";
  };
  MemoryLow = {
    expr = "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.1";
    for = "15m";
    summary = "The host of {{ $labels.service }} has used nine tenths of its memory.";
  };
  # Those of the homelab's own authority, which the next deployment renews.
  CertificateEnding = {
    expr = "nixmox_certificate_end_seconds - time() < ${hours (14 * 24)}";
    for = "1h";
    summary = "The certificate {{ $labels.file }} on the host of {{ $labels.service }} ends in {{ $value | humanizeDuration }}. Deploy to renew it.";
  };
  RulesFailing = {
    expr = "increase(prometheus_rule_evaluation_failures_total[15m]) > 0";
    severity = "critical";
    summary = "Prometheus cannot evaluate {{ $labels.rule_group }}.";
  };
  ConfigurationRefused = {
    expr = "prometheus_config_last_reload_successful == 0 or alertmanager_config_last_reload_successful == 0";
    severity = "critical";
    summary = "{{ $labels.job }} runs with its former configuration, since it refuses the new one.";
  };
  TargetsUnreadable = {
    expr = "increase(prometheus_sd_file_read_errors_total[15m]) > 0";
    summary = "Prometheus cannot read a file of targets.";
  };
  NotificationsFailing = {
    expr = "increase(alertmanager_notifications_failed_total[15m]) > 0 or increase(prometheus_notifications_dropped_total[15m]) > 0";
    severity = "critical";
    summary = "Alerts do not get to all who should have them.";
  };
}
