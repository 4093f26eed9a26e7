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

  it("serves TLS with the certificate that it has, and plain HTTP without one", () => {
    const read = (certificate: object | null) =>
      evaluateHost<{ file: string | null; credentials: string[] }>(
        upload("monitoring", change(samples.monitoring, { certificate })),
        "monitoring",
        `{
          file = services.prometheus.webConfigFile;
          credentials = systemd.services.prometheus.serviceConfig.LoadCredential or [ ];
        }`,
      );
    const { file, credentials } = read({
      certFile: "/srv/keys/s.crt",
      keyFile: "/srv/keys/s.key",
    });
    assert.match(file!, /web\.yml$/);
    assert.deepEqual(credentials, ["certificate:/srv/keys/s.crt", "key:/srv/keys/s.key"]);
    assert.deepEqual(read(null), { file: null, credentials: [] });
  });

  it("finds its targets in the fragments", () => {
    const [job] = prometheus.scrapeConfigs;
    assert.deepEqual(job?.file_sd_configs, [{ files: ["/srv/nixmox/scrape/*.json"] }]);
  });
});
