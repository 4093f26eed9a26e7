import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { evaluate, project } from "./nix";

interface Entry {
  hostname: string;
  interface: { proxy: Record<string, object> };
}
interface Resolved {
  core_services: Record<string, Entry>;
  services: Record<string, Entry>;
}

const shipped = join(project, "manifest/nixmox.toml");
const resolve = `(import ${project}/nixos/lib/resolve.nix)`;
const read = (document: unknown) => `(builtins.fromJSON ${nixString(JSON.stringify(document))})`;
const nixString = (text: string) => `"${text.replace(/[\\"$]/g, "\\$&")}"`;
const network = { domain: "a.lan", network_cidr: "10.0.0.0/24", gateway: "10.0.0.1" };

describe("nixos/lib/resolve.nix", () => {
  it("leaves a resolved manifest as it is", () => {
    assert.equal(
      evaluate(`let once = ${resolve} (builtins.fromTOML (builtins.readFile ${shipped}));
        # An empty proxy would be the short form of one route, so a host gets none.
        sent = builtins.mapAttrs (_: s: s // { interface = if s.interface.proxy == { }
          then removeAttrs s.interface [ "proxy" ] else s.interface; });
        in ${resolve} (once // {
          core_services = sent once.core_services; services = sent once.services;
        }) == once`),
      true,
    );
  });

  it("gives the host another name where a route has its own", () => {
    const services = { a: { ip: "10.0.0.9", ports: [80], interface: { proxy: {} } } };
    const { services: resolved } = evaluate<Resolved>(`${resolve} ${read({ network, services })}`);
    assert.equal(resolved.a!.hostname, "a.host.a.lan");
  });

  it("makes no route to a database's own port, and the name stays the host's", () => {
    const proxy = { domain: "postgresql.a.lan", upstream: "10.0.0.9:5432" };
    const core_services = {
      postgresql: { ip: "10.0.0.9", interface: { db: { port: 5432 }, proxy } },
    };
    const { core_services: resolved } = evaluate<Resolved>(
      `${resolve} ${read({ network, core_services })}`,
    );
    assert.deepEqual(resolved.postgresql!.interface.proxy, {});
    assert.equal(resolved.postgresql!.hostname, "postgresql.a.lan");
  });

  it("knows the reverse zones of a network", () => {
    const zones = (cidr: string) =>
      evaluate(`(import ${project}/nixos/lib { inherit lib; }).reverseZones "${cidr}"`);
    assert.deepEqual(zones("192.168.99.0/24"), ["99.168.192.in-addr.arpa"]);
    assert.deepEqual(zones("10.0.0.0/8"), ["10.in-addr.arpa"]);
    assert.deepEqual(zones("192.168.18.0/23"), [
      "18.168.192.in-addr.arpa",
      "19.168.192.in-addr.arpa",
    ]);
    assert.deepEqual(zones("10.1.2.130/31"), [
      "130.2.1.10.in-addr.arpa",
      "131.2.1.10.in-addr.arpa",
    ]);
  });
});
