import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { change, samples } from "../samples";

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
    assert.deepEqual(job?.file_sd_configs, [{ files: ["/srv/nixmox/scrape/*.json"] }]);
  });
});
