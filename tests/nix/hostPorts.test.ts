import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { hostPorts } from "../../manifest/hostPorts";
import { nodeExporterPort } from "../../manifest/resolve/paths";
import { allServices, slicesOf } from "./examples";
import { sourcesOf, upload } from "./nix";
import { change, samples, type Slice } from "./samples";

const { keycloak, monitoring } = samples;
/**
 * Hosts as the manifest describes them, with all that their modules may run; its API's port and the
 * exporter's are not to be chosen.
 */
const own: Readonly<Record<string, Slice>> = {
  ...samples,
  monitoring: change(monitoring, { service: { ports: [...monitoring.service.ports, 3100] } }),
  keycloak: change(keycloak, { signOn: { ...keycloak.signOn, apiPort: 8080 } }),
};
const hosts: Readonly<Record<string, Slice>> = {
  ...slicesOf(allServices("authentik")),
  ...Object.fromEntries(
    Object.entries(own).map(([name, slice]) => [
      name,
      change(slice, { exporterPort: nodeExporterPort }),
    ]),
  ),
};

/** What a RADIUS server listens on, which is opened to the networks that the manifest names there. */
const radius = 1812;

describe("ports of a host's own", () => {
  for (const [host, slice] of Object.entries(hosts)) {
    const { service } = slice;
    const flake = upload(host, slice);
    const known = hostPorts(service.modules).map(({ port }) => port);
    let configuration: string;

    before(() => {
      configuration = sourcesOf(flake, host);
    });

    it(`are known for ${host}: its programs have no others at its addresses`, () => {
      const here = ["127.0.0.1", "0.0.0.0", "localhost", "[::]", "[::1]", service.ip]
        .map((each) => each.replace(/[[\].]/g, "\\$&"))
        .join("|");
      const addresses = new RegExp(`(?<![0-9.])(?:${here}):(\\d+)`, "g");
      const settings = /"(?:http|https)-[a-z-]*port":(\d+)/g;
      const found = [addresses, settings].flatMap((form) =>
        [...configuration.matchAll(form)].map((match) => Number(match[1])),
      );
      const expected = [
        ...known,
        ...service.ports,
        ...(host === "authentik" ? [3389, 6636, radius] : []),
      ];
      assert.deepEqual(
        [...new Set(found)].filter((port) => !expected.includes(port)),
        [],
      );
    });

    it(`are all in use on ${host}`, () => {
      const written = (port: number) => new RegExp(`\\b${port}\\b`).test(configuration);
      assert.deepEqual(
        known.filter((port) => !written(port)),
        [],
      );
    });
  }
});
