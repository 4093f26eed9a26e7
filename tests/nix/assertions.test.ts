import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { evaluateHost, refusal, upload } from "./nix";
import { change, forward, type Host, type Overrides, resolver, samples } from "./samples";

const { miniflux } = samples;
const { feeds } = miniflux.databases;

/** What is wrong with each host, and what the evaluation then reports. */
const cases: readonly (readonly [string, Host, Overrides, string])[] = [
  [
    "a host name outside the domain",
    "dns",
    { service: { hostname: "dns.elsewhere.example" } },
    "Unable to configure dns: its hostname dns.elsewhere.example is not below home.example. Correct `hostname` in the manifest.",
  ],
  [
    "no network that may use SSH",
    "miniflux",
    { network: { sshSources: [] } },
    "Unable to configure miniflux: network.ssh_from is empty, so no one could log in any more. Name the network that deployments come from in the manifest.",
  ],
  [
    "a resolver without a port",
    "dns",
    { service: { ports: [] } },
    "Unable to configure dns: hosts ask a resolver on port 53, which is not among its ports. Set `ports = [53]` in the manifest.",
  ],
  [
    "a resolver on another port",
    "dns",
    { service: { ports: [5353] } },
    "Unable to configure dns: hosts ask a resolver on port 53, which is not among its ports. Set `ports = [53]` in the manifest.",
  ],
  [
    "a resolver that forwards to itself",
    "dns",
    { resolver: { ...resolver, forwards: [forward("corp.example", ["192.0.2.1", "10.20.30.3"])] } },
    "Unable to configure dns: network.dns_forwarders or network.forward names 10.20.30.3, which is this resolver itself. Name other resolvers in the manifest, or none.",
  ],
  [
    "a resolver's host that is not the homelab's",
    "dns",
    { resolver: null },
    'Unable to configure dns: it is not the homelab\'s resolver. Set `provides = ["dns"]` in the manifest.',
  ],
  [
    "forwarders that are asked over TLS and in plain text",
    "dns",
    {
      resolver: {
        ...resolver,
        forwards: [
          {
            ...forward(".", []),
            forwarders: [
              { address: "192.0.2.1", port: 853, tlsName: "dns.example" },
              { address: "192.0.2.2", port: 53, tlsName: null },
            ],
          },
        ],
      },
    },
    "Unable to configure dns: a resolver asks all forwarders of a zone over TLS, or none. Give each of them in network.dns_forwarders or network.forward a TLS name in the manifest, or none.",
  ],
  [
    "a proxy without an authority of its own",
    "caddy",
    { authority: null },
    'Unable to configure caddy: it has no authority of its own, which only a proxy gets. Set `provides = ["proxy"]` in the manifest.',
  ],
  [
    "a database server without a certificate",
    "postgresql",
    { certificate: null },
    'Unable to configure postgresql: it has no certificate, which only a database server gets. Set `provides = ["database"]` in the manifest.',
  ],
  [
    "a database server without a port",
    "postgresql",
    { service: { ports: [] } },
    "Unable to configure postgresql: PostgreSQL needs a port to listen on. Set `ports = [5432]` in the manifest.",
  ],
  [
    "a database server that provides no databases",
    "postgresql",
    { maxConnections: null },
    'Unable to configure postgresql: it does not provide databases. Set `provides = ["database"]` in the manifest.',
  ],
  [
    "monitoring without a port",
    "monitoring",
    { service: { ports: [] } },
    "Unable to configure monitoring: Prometheus needs a port to listen on. Set `ports = [9090]` in the manifest.",
  ],
  [
    "monitoring without a password",
    "monitoring",
    { secrets: {} },
    'Unable to configure monitoring: without a password, everyone on the network could read Prometheus and silence Alertmanager. Set `interface.secrets.admin-password = {}` in the manifest, or `auth.type = "forward_auth"` on each route.',
  ],
  [
    "Miniflux without a database",
    "miniflux",
    { databases: {} },
    "Unable to configure miniflux: Miniflux needs exactly one database and has 0. Set `interface.db = {}` in the manifest.",
  ],
  [
    "Miniflux with two databases",
    "miniflux",
    { databases: { feeds: feeds!, more: feeds! } },
    "Unable to configure miniflux: Miniflux needs exactly one database and has 2. Set `interface.db = {}` in the manifest.",
  ],
  [
    "Miniflux without a port",
    "miniflux",
    { service: { ports: [] } },
    "Unable to configure miniflux: Miniflux needs a port to listen on. Set `ports = [8080]` in the manifest.",
  ],
  [
    "Miniflux with its metrics at another path",
    "miniflux",
    { metrics: { miniflux: { port: 8081, path: "/stats", tls: false } } },
    "Unable to configure miniflux: Miniflux has its metrics at port 8081 and path /metrics. Set this in `interface.metrics` of the manifest.",
  ],
  [
    "Miniflux without a password for its administrator",
    "miniflux",
    { secrets: {} },
    'Unable to configure miniflux: Miniflux\'s administrator needs a password. Set `interface.secrets.admin-password = {}` in the manifest, or `interface.auth.type = "oidc"`.',
  ],
];

/** The assertions that an error lists. */
function failed(message: string): string[] {
  const [, list = ""] = message.split("Failed assertions:\n");
  return [...list.matchAll(/^ *- (.*)$/gm)].map(([, text]) => text!);
}

describe("an assertion names the manifest's key for", () => {
  for (const [what, host, overrides, expected] of cases) {
    it(what, () => {
      const flake = upload(host, change(samples[host], overrides));
      assert.deepEqual(failed(refusal(flake, host)), [expected]);

      // NixOS reads units and settings on its way to the assertions, so none of them may fail first.
      const broken = evaluateHost<string[]>(
        flake,
        host,
        `builtins.deepSeq (builtins.toJSON [ systemd environment.etc nixmox configuration.users ])
          (map (each: each.message) (lib.filter (each: !each.assertion) configuration.assertions))`,
      );
      assert.deepEqual(broken, [expected]);
    });
  }

  it("everything that is missing, at once", () => {
    const empty = change(miniflux, { databases: {}, secrets: {}, service: { ports: [] } });
    const texts = failed(refusal(upload("miniflux", empty), "miniflux"));
    assert.equal(texts.length, 3);
    for (const part of ["exactly one database", "a port to listen on", "a password"]) {
      assert.ok(
        texts.some((text) => text.includes(part)),
        part,
      );
    }
  });
});
