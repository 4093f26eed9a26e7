/** How the shipped rules judge series, as `promtool test rules` reads it; JSON is YAML. */

interface Sample {
  readonly series: string;
  readonly values: string;
}

/** What is wrong, and which alerts then fire after an hour; each names its `service` or `file`. */
interface Case {
  readonly series: readonly Sample[];
  readonly alerts: Readonly<Record<string, readonly string[]>>;
}

const hour = "x240";
const always = (series: string, value: number): Sample => ({ series, values: `${value}+0${hour}` });
const node = (service: string, unit: string, value: number) =>
  always(`up{job="node",instance="${service}:9100",service="${service}",unit="${unit}"}`, value);
const state = (service: string, name: string, active: number, failed = 0) =>
  [
    ["active", active],
    ["failed", failed],
  ].map(([kind, value]) =>
    always(
      `node_systemd_unit_state{job="node",instance="${service}:9100",service="${service}",unit="${service}d.service",name="${name}",state="${kind}"}`,
      Number(value),
    ),
  );
const disk = (service: string, free: number, fstype = "ext4") => {
  const labels = `{job="node",instance="${service}:9100",service="${service}",device="/dev/sda",fstype="${fstype}"}`;
  return [
    always(`node_filesystem_avail_bytes${labels}`, free),
    always(`node_filesystem_size_bytes${labels}`, 1000),
  ];
};
const memory = (service: string, free: number) => [
  always(`node_memory_MemAvailable_bytes{service="${service}"}`, free),
  always(`node_memory_MemTotal_bytes{service="${service}"}`, 1000),
];
/** Time begins at the epoch. */
const certificate = (file: string, days: number) =>
  always(`nixmox_certificate_end_seconds{service="notes",file="${file}"}`, days * 86400);

const cases: readonly Case[] = [
  {
    series: [node("notes", "notesd.service", 1), node("wiki", "wikid.service", 0)],
    alerts: { HostDown: ["wiki"], TargetDown: [] },
  },
  {
    series: [
      ...["notes", "wiki"].map((name) => node(name, `${name}d.service`, 1)),
      ...state("notes", "notesd.service", 1),
      ...state("wiki", "wikid.service", 0),
      // Another unit of a host may well be inactive.
      ...state("notes", "backup.service", 0),
      ...state("wiki", "rotate.service", 0, 1),
    ],
    alerts: { ServiceDown: ["wiki"], UnitFailed: ["wiki"] },
  },
  {
    series: [always('up{job="api",service="notes"}', 0), always('up{job="api",service="wiki"}', 1)],
    alerts: { TargetDown: ["notes"], HostDown: [] },
  },
  {
    series: [always('pg_up{service="one"}', 0), always('pg_up{service="two"}', 1)],
    alerts: { DatabaseDown: ["one"] },
  },
  {
    series: [
      ...disk("empty", 900),
      ...disk("full", 20),
      ...disk("filling", 80),
      ...disk("memory", 0, "tmpfs"),
    ],
    alerts: { DiskNearlyFull: ["filling", "full"], DiskFull: ["full"] },
  },
  { series: [...memory("idle", 500), ...memory("busy", 50)], alerts: { MemoryLow: ["busy"] } },
  {
    series: [certificate("server.crt", 13), certificate("ca.crt", 100)],
    alerts: { CertificateEnding: ["server.crt"] },
  },
  {
    series: [
      always('prometheus_config_last_reload_successful{service="prometheus"}', 0),
      always('alertmanager_config_last_reload_successful{service="alertmanager"}', 1),
      {
        series: 'prometheus_rule_evaluation_failures_total{service="rules"}',
        values: `0+1${hour}`,
      },
      { series: 'prometheus_sd_file_read_errors_total{service="files"}', values: `0+1${hour}` },
      { series: 'alertmanager_notifications_failed_total{service="mail"}', values: `0+1${hour}` },
      always('alertmanager_notifications_failed_total{service="phone"}', 7),
    ],
    alerts: {
      ConfigurationRefused: ["prometheus"],
      RulesFailing: ["rules"],
      TargetsUnreadable: ["files"],
      NotificationsFailing: ["mail"],
    },
  },
];

/** Names of the rules that the cases are about. */
export const tested = [...new Set(cases.flatMap(({ alerts }) => Object.keys(alerts)))].sort();

/**
 * The tests of a file of rules, for `promtool`. It compares all labels and annotations of an alert,
 * so each is reduced to how often it fires, by what it is about.
 */
export function promtoolTests(ruleFile: string): string {
  const tests = cases.map(({ series, alerts }) => ({
    interval: "1m",
    input_series: series,
    promql_expr_test: Object.entries(alerts).map(([name, subjects]) => {
      const label = name === "CertificateEnding" ? "file" : "service";
      return {
        expr: `count by (${label}) (ALERTS{alertname="${name}",alertstate="firing"})`,
        eval_time: "3h",
        exp_samples: subjects.map((subject) => ({ labels: `{${label}="${subject}"}`, value: 1 })),
      };
    }),
  }));
  return JSON.stringify({ rule_files: [ruleFile], evaluation_interval: "1m", tests });
}
