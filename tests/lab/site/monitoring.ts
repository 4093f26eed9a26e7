import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, it } from "mocha";
import type { Homelab } from "../homelab/homelab";
import type { SitePart } from "./part";

const manifest = `
[services.miniflux.interface.metrics.miniflux]
[services.monitoring.interface.secrets.hook-token]
[services.monitoring.interface.alerting.rules.ServiceDown]
for = "2s"
[services.monitoring.interface.alerting.receivers.hook]
severities = ["critical"]
webhook = { url = "https://monitoring.nixmox.lan:9999/alerts", bearer_from = "hook-token" }
`;

/** Looks often, so that nobody has to wait. */
const host = `{
  services.prometheus.globalConfig = {
    scrape_interval = "2s";
    evaluation_interval = "2s";
  };
}
`;

/** A receiver on Alertmanager's own host: writes each request, with its header as a hash. */
const listener = `import hashlib, http.server, ssl
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        header = hashlib.sha256(self.headers.get("Authorization", "").encode()).hexdigest()
        body = self.rfile.read(int(self.headers["Content-Length"])).decode().strip()
        with open("/run/hook.log", "a") as log:
            log.write(header + " " + self.path + " " + body + "\\n")
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
server = http.server.HTTPServer(("", 9999), Hook)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/var/lib/nixmox/secrets/server.crt", "/var/lib/nixmox/secrets/server.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
`;

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
}
interface Alert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function describeMonitoring(lab: () => Homelab): void {
  let monitoring: string;
  let miniflux: string;
  before(async () => {
    const services = await lab().services();
    monitoring = services.monitoring!.address;
    miniflux = services.miniflux!.address;
    const start =
      "cat >/run/hook.py; rm -f /run/hook.log; systemd-run --quiet --unit=hook /usr/bin/python3 /run/hook.py";
    await lab().on(monitoring, start, listener);
  });
  after(async () => {
    await lab().on(miniflux, "systemctl start miniflux");
    await lab().on(monitoring, "systemctl stop hook; rm -f /run/hook.py /run/hook.log");
  });

  const answer = async <T>(port: number, path: string) => {
    const url = `https://monitoring.nixmox.lan:${port}${path}`;
    const { stdout } = await lab().on(monitoring, `curl --fail --silent --show-error '${url}'`);
    return JSON.parse(stdout) as T;
  };
  /** The first result that is good, or the last one. */
  const until = async <T>(look: () => Promise<T>, isGood: (found: T) => boolean) => {
    for (let left = 60; ; left--) {
      const found = await look();
      if (isGood(found) || left === 0) return found;
      await sleep(1000);
    }
  };
  const targets = async () =>
    (await answer<{ data: { activeTargets: Target[] } }>(9090, "/api/v1/targets?state=active")).data
      .activeTargets;
  const value = async (query: string) => {
    const path = `/api/v1/query?query=${encodeURIComponent(query)}`;
    const { data } = await answer<{ data: { result: { value: [number, string] }[] } }>(9090, path);
    return data.result.map(({ value: [, text] }) => Number(text));
  };
  const alerts = async () =>
    (await answer<Alert[]>(9093, "/api/v2/alerts")).map(
      ({ labels }) => `${labels.alertname} ${labels.service}`,
    );
  const told = async () => {
    const { stdout } = await lab().on(monitoring, "cat /run/hook.log 2>/dev/null; true");
    return stdout.split("\n").flatMap((line) => {
      const [, header, path, body] = /^(\w+) (\S+) (.*)$/.exec(line) ?? [];
      return body === undefined
        ? []
        : [{ header, path, ...(JSON.parse(body) as { alerts: Alert[] }) }];
    });
  };

  it("finds every host, Miniflux's own metrics and itself, and each answers", async () => {
    const isUp = ({ health }: Target) => health === "up";
    const found = await until(targets, (all) => all.every(isUp));
    const down = found.filter((each) => !isUp(each)).map((each) => each.scrapeUrl + each.lastError);
    assert.deepEqual(down, []);
    const of = (job: string) =>
      found.filter(({ labels }) => labels.job === job).map(({ labels }) => labels.service);
    assert.deepEqual(of("node").sort(), Object.keys(await lab().services()).sort());
    assert.deepEqual(of("miniflux"), ["miniflux"]);
    assert.deepEqual([...of("prometheus"), ...of("alertmanager")], ["monitoring", "monitoring"]);
  });

  it("shows Miniflux's metrics to nobody else", async () => {
    const url = "https://miniflux.nixmox.lan/metrics";
    const show = `curl --silent --output /dev/null --write-out '%{http_code}' ${url}`;
    assert.match((await lab().on(monitoring, show)).stdout, /^(403|404)$/);
  });

  it("knows of units, and of how long certificates last", async () => {
    const query = 'node_systemd_unit_state{name="miniflux.service",state="active"}';
    assert.deepEqual(await value(query), [1]);
    const days = 'min((nixmox_certificate_end_seconds{file="server.crt"} - time()) / 86400)';
    const [left] = await value(days);
    assert.ok(left! > 100 && left! < 181, String(left));
  });

  it("alerts when a service is stopped, tells the receiver, and is quiet once it runs again", async () => {
    assert.equal((await alerts()).includes("ServiceDown miniflux"), false);
    await lab().on(miniflux, "systemctl stop miniflux");
    const isDown = ({ labels }: Alert) =>
      labels.alertname === "ServiceDown" && labels.service === "miniflux";
    const [post] = (
      await until(told, (all) => all.some((each) => each.alerts.some(isDown)))
    ).filter((each) => each.alerts.some(isDown));
    assert.ok(post, "nobody was told");
    const alert = post.alerts.find(isDown)!;
    assert.equal(alert.status, "firing");
    assert.equal(
      alert.annotations.summary,
      "miniflux is down: its unit miniflux.service is not active.",
    );
    const all = await lab().output<Record<string, Record<string, string>>>("secrets");
    const header = `Bearer ${all.monitoring!["hook-token"]!}`;
    assert.equal(post.header, createHash("sha256").update(header).digest("hex"));
    assert.equal(post.path, "/alerts");

    await lab().on(miniflux, "systemctl start miniflux");
    const isQuiet = (names: string[]) => !names.includes("ServiceDown miniflux");
    assert.ok(isQuiet(await until(alerts, isQuiet)));
  });
}

/** What is watched, and who is told. */
export const monitoring: SitePart = {
  name: "monitoring",
  manifest,
  hosts: { monitoring: host },
  describe: describeMonitoring,
};
