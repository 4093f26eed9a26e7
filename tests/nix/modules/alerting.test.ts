import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { mapValues } from "../../../manifest/tables";
import { evaluateHost, refusal, upload } from "../nix";
import { change, samples, type Overrides } from "../samples";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

/** What the slice says of a rule that the manifest leaves alone. */
const asShipped = {
  enable: true,
  expr: null as string | null,
  for: null as string | null,
  severity: null as string | null,
  summary: null as string | null,
};

const host = (overrides: Overrides) => upload("monitoring", change(samples.monitoring, overrides));
const of = <T>(expression: string, overrides: Overrides = {}) =>
  evaluateHost<T>(host(overrides), "monitoring", expression);

/** The rules that Prometheus gets. */
function rulesOf(written: Readonly<Record<string, Partial<typeof asShipped>>>): Map<string, Rule> {
  const rules = mapValues(written, (rule) => ({ ...asShipped, ...rule }));
  const file = of<{ groups: { rules: Rule[] }[] }>(
    "builtins.fromJSON (lib.head services.prometheus.ruleFiles).text",
    { alerting: { receivers: {}, rules } },
  );
  return new Map(file.groups.flatMap((group) => group.rules).map((rule) => [rule.alert, rule]));
}

const receivers = {
  phone: {
    severities: ["critical"],
    resolved: true,
    email: null,
    webhook: { url: null, urlSecret: "hook-url", bearerSecret: "hook-token" },
  },
  mail: {
    severities: ["critical", "warning"],
    resolved: false,
    webhook: null,
    email: {
      to: ["anna@home.example", "ben@home.example"],
      from: "alerts@home.example",
      server: "mail.home.example:587",
      user: "alerts",
      passwordSecret: "smtp",
    },
  },
};
const secretOf = (name: string) => ({
  path: `/srv/keys/${name}`,
  owner: "root",
  mode: "0400",
  env: null,
});
const secrets = Object.fromEntries(
  ["admin-password", "hook-url", "hook-token", "smtp"].map((name) => [name, secretOf(name)]),
);
const told: Overrides = { secrets, alerting: { receivers, rules: {} } };

describe("alerts of the monitoring module", () => {
  it("come from the rules that are shipped", () => {
    const rules = rulesOf({});
    assert.ok(rules.size > 8);
    assert.equal(rules.get("HostDown")!.labels.severity, "critical");
    for (const { alert, expr, annotations } of rules.values()) {
      assert.notEqual(annotations.summary, alert);
      // They hold for services that nobody knows of yet.
      assert.doesNotMatch(expr, /10\.20\.30|service=/);
    }
  });

  it("change value by value as the manifest says, which may leave one out, or add one", () => {
    const rules = rulesOf({
      HostDown: { for: "30s" },
      MemoryLow: { enable: false },
      Hot: { expr: "node_hwmon_temp_celsius > 80", severity: "critical" },
    });
    const { for: time, expr, labels } = rules.get("HostDown")!;
    assert.deepEqual([time, expr, labels.severity], ["30s", 'up{job="node"} == 0', "critical"]);
    assert.equal(rules.has("MemoryLow"), false);
    assert.deepEqual(rules.get("Hot"), {
      alert: "Hot",
      expr: "node_hwmon_temp_celsius > 80",
      for: "5m",
      labels: { severity: "critical" },
      annotations: { summary: "Hot" },
    });
  });

  it("are refused if a rule says nothing, and is none that could be changed", () => {
    const flake = host({
      alerting: { receivers: {}, rules: { HostsDown: { ...asShipped, for: "1m" } } },
    });
    assert.match(
      refusal(flake, "monitoring"),
      /no rule named HostsDown is shipped\. Set `interface\.alerting\.rules\.HostsDown\.expr` in the manifest, or correct its name to one of .*HostDown/,
    );
  });

  it("go to the receivers that ask for their severity", () => {
    const { receivers: list, route } = of<{ receivers: object[]; route: { routes: object[] } }>(
      "services.prometheus.alertmanager.configuration",
      told,
    );
    const fileOf = (name: string) => `/run/credentials/alertmanager.service/receiver-${name}`;
    assert.deepEqual(list, [
      { name: "page" },
      {
        name: "mail",
        email_configs: [
          {
            to: "anna@home.example, ben@home.example",
            from: "alerts@home.example",
            smarthost: "mail.home.example:587",
            require_tls: true,
            auth_username: "alerts",
            auth_password_file: fileOf("smtp"),
            send_resolved: false,
          },
        ],
      },
      {
        name: "phone",
        webhook_configs: [
          {
            url_file: fileOf("hook-url"),
            http_config: { authorization: { credentials_file: fileOf("hook-token") } },
            send_resolved: true,
          },
        ],
      },
    ]);
    assert.deepEqual(route.routes, [
      { receiver: "mail", matchers: ['severity=~"critical|warning"'], continue: true },
      { receiver: "phone", matchers: ['severity=~"critical"'], continue: true },
    ]);
  });

  it("need secrets that Alertmanager alone reads", () => {
    const credentials = (unit: string) =>
      of<string[]>(`systemd.services.${unit}.serviceConfig.LoadCredential`, told);
    for (const name of ["smtp", "hook-url", "hook-token"]) {
      const entry = `receiver-${name}:/srv/keys/${name}`;
      assert.ok(credentials("alertmanager").includes(entry), name);
      assert.equal(credentials("prometheus").includes(entry), false);
    }
  });

  it("can be told by a host file instead", () => {
    const flake = upload("monitoring", samples.monitoring, {
      "nixos/hosts/monitoring.nix":
        '{ services.prometheus.alertmanager.configuration = { route.receiver = "own"; receivers = [ { name = "own"; } ]; }; }',
    });
    const own = "services.prometheus.alertmanager.configuration.route.receiver";
    assert.equal(evaluateHost(flake, "monitoring", own), "own");
  });
});

describe("what a host tells about itself", () => {
  it("includes its units, and when its certificates end", () => {
    const certificate = { certFile: "/srv/keys/s.crt", keyFile: "/srv/keys/s.key" };
    const { collectors, start } = of<{ collectors: string[]; start: string }>(
      `{
        collectors = services.prometheus.exporters.node.enabledCollectors;
        start = systemd.services.nixmox-certificate-ends.serviceConfig.ExecStart;
      }`,
      { certificate },
    );
    assert.deepEqual(collectors, ["systemd"]);
    assert.match(start, /certificates\.prom \/srv\/keys\/s\.crt \/etc\/nixmox\/ca\.crt$/);
  });
});
