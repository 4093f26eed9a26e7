import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, refusal, refusals, upload } from "../nix";
import { change, samples, type Overrides } from "../samples";

interface Prometheus {
  listenAddress: string;
  port: number;
  webExternalUrl: string;
  scrapeConfigs: { job_name: string; file_sd_configs: { files: string[] }[] }[];
}

describe("the monitoring module", () => {
  let prometheus: Prometheus;
  before(() => {
    prometheus = evaluateHost<Prometheus>(
      upload("monitoring", samples.monitoring),
      "monitoring",
      "{ inherit (services.prometheus) listenAddress port webExternalUrl scrapeConfigs; }",
    );
  });

  it("listens on its own address and knows its public one", () => {
    const { listenAddress, port, webExternalUrl } = prometheus;
    assert.deepEqual([listenAddress, port], ["10.20.30.16", 9091]);
    assert.equal(webExternalUrl, "https://graphs.home.example/");
  });

  it("has no public address if it has no route", () => {
    const flake = upload("monitoring", change(samples.monitoring, { routes: {} }));
    const url = evaluateHost(flake, "monitoring", "services.prometheus.webExternalUrl");
    assert.equal(url, null);
  });

  it("answers no one who does not sign in", () => {
    const flake = upload("monitoring", samples.monitoring);
    const { file, unit } = evaluateHost<{ file: string; unit: Record<string, string[]> }>(
      flake,
      "monitoring",
      "{ file = services.prometheus.webConfigFile; unit = systemd.services.prometheus.serviceConfig; }",
    );
    assert.equal(file, "/run/prometheus/web.yml");
    assert.deepEqual(unit.LoadCredential, ["admin-password:/srv/keys/prometheus"]);
    assert.match(unit.ExecStartPre![0]!, /write-web-config$/);
  });

  it("serves TLS with the certificate that it has, and plain HTTP without one", () => {
    const credentials = (certificate: object | null) =>
      evaluateHost<string[]>(
        upload("monitoring", change(samples.monitoring, { certificate })),
        "monitoring",
        "systemd.services.prometheus.serviceConfig.LoadCredential",
      );
    const password = "admin-password:/srv/keys/prometheus";
    assert.deepEqual(credentials({ certFile: "/srv/keys/s.crt", keyFile: "/srv/keys/s.key" }), [
      password,
      "certificate:/srv/keys/s.crt",
      "key:/srv/keys/s.key",
    ]);
    assert.deepEqual(credentials(null), [password]);
  });

  it("finds its targets in the fragments", () => {
    const [job] = prometheus.scrapeConfigs;
    assert.deepEqual(job?.file_sd_configs, [
      { files: ["/srv/nixmox/scrape/*.json"], refresh_interval: null },
    ]);
  });

  describe("with Alertmanager on its second port", () => {
    const { alerts, graphs } = samples.monitoring.routes as Record<string, object>;
    const certificate = { certFile: "/srv/keys/s.crt", keyFile: "/srv/keys/s.key" };
    const guard = (...names: string[]) => ({
      alerts: { ...alerts, guarded: names.includes("alerts") },
      graphs: { ...graphs, guarded: names.includes("graphs") },
    });
    const of = <T>(expression: string, overrides: Overrides = {}) =>
      evaluateHost<T>(
        upload("monitoring", change(samples.monitoring, overrides)),
        "monitoring",
        expression,
      );
    const credentials = (unit: string, overrides: Overrides) =>
      of<string[]>(`systemd.services.${unit}.serviceConfig.LoadCredential`, overrides);

    it("runs it at its own address, alone, and knows its public one", () => {
      const { listenAddress, port, webExternalUrl, extraFlags } = of<Record<string, unknown>>(
        "{ inherit (services.prometheus.alertmanager) listenAddress port webExternalUrl extraFlags; }",
      );
      assert.deepEqual([listenAddress, port], ["10.20.30.16", 9094]);
      assert.equal(webExternalUrl, "https://alerts.home.example/");
      assert.deepEqual(extraFlags, [
        "--web.config.file=/run/alertmanager/web.yml",
        "--cluster.listen-address=",
      ]);
    });

    it("tells it of hosts that are down, over TLS if it can", () => {
      const manager = "services.prometheus.alertmanagers";
      assert.deepEqual(of(manager, { certificate, routes: guard("alerts", "graphs") }), [
        {
          scheme: "https",
          static_configs: [{ targets: ["monitoring.home.example:9094"] }],
          path_prefix: "/",
        },
      ]);
      const [plain] = of<Record<string, unknown>[]>(manager);
      assert.equal(plain!.scheme, "http");
      assert.deepEqual(plain!.static_configs, [{ targets: ["10.20.30.16:9094"] }]);
      assert.equal(of("lib.length services.prometheus.ruleFiles"), 1);
    });

    it("restarts with Prometheus, which is the service's unit", () => {
      const { part, wants } = of<Record<string, string[]>>(`{
        part = systemd.services.alertmanager.unitConfig.PartOf;
        inherit (systemd.services.prometheus) wants;
      }`);
      assert.deepEqual(part, ["prometheus.service"]);
      assert.ok(wants!.includes("alertmanager.service"));
    });

    it("leaves the sign-in to the proxy where all routes are guarded, and needs no password", () => {
      const overrides = { routes: guard("alerts", "graphs"), secrets: {} };
      for (const unit of ["prometheus", "alertmanager"]) {
        assert.deepEqual(credentials(unit, overrides), []);
      }
      const [manager] = of<object[]>("services.prometheus.alertmanagers", overrides);
      assert.ok(!("basic_auth" in manager!));
    });

    it("asks for the password where one is not, and gives it to Prometheus", () => {
      const password = ["admin-password:/srv/keys/prometheus"];
      const overrides = { routes: guard("graphs") };
      assert.deepEqual(credentials("alertmanager", overrides), password);
      assert.deepEqual(credentials("prometheus", overrides), password);
      const [manager] = of<Record<string, unknown>[]>(
        "services.prometheus.alertmanagers",
        overrides,
      );
      assert.deepEqual(manager!.basic_auth, {
        username: "admin",
        password_file: "/run/credentials/prometheus.service/admin-password",
      });
      const other = { routes: guard("alerts") };
      assert.deepEqual(credentials("prometheus", other), password);
      assert.deepEqual(credentials("alertmanager", other), []);
    });

    for (const [what, routes] of [
      ["one of two routes is guarded", guard("graphs")],
      ["there is no route", {}],
    ] as const) {
      it(`refuses to go without a password where ${what}`, () => {
        const slice = change(samples.monitoring, { routes, secrets: {} });
        assert.match(
          refusal(upload("monitoring", slice), "monitoring"),
          /could read Prometheus and silence Alertmanager\. Set `interface\.secrets\.admin-password/,
        );
        // What is to be guarded needs a route first.
        assert.equal(
          /, with one to each of their ports\./.test(refusals.at(-1)!),
          Object.keys(routes).length === 0,
        );
      });
    }

    it("is not there without one", () => {
      const overrides = { service: { ports: [9091] }, routes: { graphs: graphs! } };
      assert.equal(of("services.prometheus.alertmanager.enable", overrides), false);
      assert.deepEqual(of("services.prometheus.alertmanagers", overrides), []);
      assert.equal(of("systemd.services ? alertmanager", overrides), false);
    });
  });
});
