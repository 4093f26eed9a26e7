import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { before, describe, it } from "mocha";
import { rules } from "../../components/policy";
import { KnownSecrets } from "../../components/policy/knownSecrets";
import type { Registration } from "../../components/policy/registration";
import type { PolicyContext, Rule } from "../../components/policy/rule";
import { loadManifest } from "../../manifest/load";
import type { Manifest } from "../../manifest/resolve/spec";
import type { Protocol } from "../../manifest/schema/ports";
import { runProgram } from "./program";

const { specialSigKey, specialSecretSig, unknownValue } = pulumi.runtime;
const secret = (value: unknown) => ({ [specialSigKey]: specialSecretSig, value });
const container = "proxmoxve:index/containerLegacy:ContainerLegacy";
const command = "command:remote:Command";
const canary = "canary-5d1f0b7c99";

const openedPorts = [
  openedTo("192.168.7.0/24", "tcp", 1883),
  openedTo("192.168.7.0/24", "tcp", 1884),
  openedTo("0.0.0.0/0", "udp", 27015, 27030),
];
const shipped = loadManifest("manifest/nixmox.toml").manifest;
/** The shipped manifest, in which Miniflux also serves a network and everyone. */
const manifest: Manifest = {
  ...shipped,
  services: shipped.services.map((each) =>
    each.name === "miniflux" ? { ...each, ports: [...each.ports, ...openedPorts] } : each,
  ),
};
function openedTo(from: string, protocol: Protocol, first: number, last = first) {
  return { first, last, protocol, from: [{ name: from, address: from }] };
}

const settings = {
  proxmox: { endpoint: "https://pve:8006/", insecure: false, ca: undefined, token: "" },
  protect: true,
  allowReplace: ["postgresql"],
};

const named = (rules: string, name = "miniflux-firewall") => ({
  ...dropIn("firewall", rules),
  name,
});

/** What each rule finds in a resource of Miniflux. */
function find(part: Partial<Registration>, own: Partial<PolicyContext["settings"]> = {}): string[] {
  const secrets = new KnownSecrets();
  secrets.add("the canary", canary);
  const context = { manifest, settings: { ...settings, ...own }, secrets };
  const registration = {
    ...{ type: command, name: "x", service: "miniflux", inputs: {}, protect: false },
    sourcesOf: () => ["miniflux-host-key"],
    ...part,
  };
  return rules.flatMap((rule) => rule.check(registration, context).map(() => rule.name));
}

const pinned = secret({ host: "10.0.0.1", hostKey: "ssh-ed25519 AAAA" });
const run = (inputs: object): Partial<Registration> => ({
  inputs: { connection: pinned, ...inputs },
});
const dropIn = (kind: string, stdin: string) =>
  run({ create: `nixmox-fragment put ${kind} x`, stdin });
const guest = (inputs: object): Partial<Registration> => ({
  ...{ type: container, protect: true },
  inputs: { unprivileged: true, ...inputs },
});
const provider = (inputs: object) => ({
  type: "pulumi:providers:proxmoxve",
  inputs: { ...inputs },
});
const allow = (source: string) => `ip saddr ${source} tcp dport { 22, 80 } accept comment "x"\n`;
const pem = `-----BEGIN PRIVATE KEY-----\n${"MIGHAgEAMBMGByqGSM49AgEG"}\n-----END PRIVATE KEY-----`;
const bytes = Buffer.from(canary).toString("base64");

const good: Readonly<Record<string, Partial<Registration>>> = {
  "an unprivileged container": guest({}),
  "a disk of its own": guest({ mountPoints: [{ volume: "local-lvm", path: "/data" }] }),
  "an unprotected container without data": { ...guest({}), service: "caddy", protect: false },
  "one that may be replaced": { ...guest({}), service: "postgresql", protect: false },
  "a secret that is marked": run({ stdin: secret(`password: ${canary}`) }),
  "a secret in a part that is marked": run({ environment: secret({ A: { B: canary } }) }),
  "a word of a script about keys": run({ create: "sed -n '/-----BEGIN PRIVATE KEY-----/p'" }),
  "a port for one host": dropIn("firewall", allow("192.168.99.10")),
  "a limit of connections": dropIn(
    "firewall",
    allow("192.168.99.10").replace("accept", "ct count 40 accept"),
  ),
  "a port for whom the manifest names": named(
    'ip saddr 192.168.7.0/24 tcp dport { 1883, 1884 } accept comment "192.168.7.0/24"\n',
  ),
  "a range for everyone, whom the manifest names": named(
    'ip saddr 0.0.0.0/0 udp dport { 27015-27030 } accept comment "0.0.0.0/0"\n',
  ),
  "a port for one host over UDP": dropIn(
    "firewall",
    'ip saddr 192.168.99.10 udp dport { 53 } accept comment "x"\n',
  ),
  "no port at all": dropIn("firewall", ""),
  "a database with TLS": dropIn("hba", 'hostssl "a" "b" 192.168.99.15/32 scram-sha-256\n'),
  "a site with TLS": dropIn("routes", "miniflux.nixmox.lan {\n\trespond 404\n}\n"),
  "another one's redirect": dropIn("routes", "a.lan {\n\tredir http://miniflux.nixmox.lan {\n}\n"),
  "a pinned key": run({}),
  "a key that is not known yet": { inputs: { connection: unknownValue } },
  "a secret connection that is not known yet": { inputs: { connection: secret(unknownValue) } },
  "Proxmox VE with TLS": provider({ endpoint: "https://pve:8006/", insecure: "false" }),
};

const bad: Readonly<Record<string, readonly [rule: string, Partial<Registration>]>> = {
  "a privileged container": ["unprivileged", guest({ unprivileged: false })],
  "one that does not say": ["unprivileged", { ...guest({}), inputs: {} }],
  "one by another provider's token": ["unprivileged", { type: "proxmoxve:ct/container:Container" }],
  "a folder of the node": [
    "unprivileged",
    guest({ mountPoints: [{ volume: "/etc", path: "/x" }] }),
  ],
  "a device of the node": ["unprivileged", guest({ devicePassthroughs: [{ path: "/dev/kvm" }] })],
  "a script on the node": ["unprivileged", guest({ hookScriptFileId: "local:snippets/x" })],
  "an unprotected container with data": ["protected-state", { ...guest({}), protect: false }],
  "a secret in a command": ["plain-secrets", run({ create: `login -p ${canary}` })],
  "a secret deep inside": ["plain-secrets", run({ environment: { A: [{ B: canary }] } })],
  "a secret as a key": ["plain-secrets", run({ environment: { [canary]: "1" } })],
  "a secret as base64": ["plain-secrets", run({ stdin: `auth ${bytes}` })],
  "a key that no one announced": ["plain-secrets", run({ stdin: pem })],
  "the same as JSON": ["plain-secrets", run({ stdin: JSON.stringify({ pem }) })],
  "a token that no one announced": [
    "plain-secrets",
    run({ create: "curl -H root@pam!x=01234567-89ab-cdef-0123-456789abcdef" }),
  ],
  "a port for everyone": ["open-ports", dropIn("firewall", "tcp dport { 22 } accept\n")],
  "a port for any address": ["open-ports", dropIn("firewall", allow("0.0.0.0/0"))],
  "a port for a network": ["open-ports", dropIn("firewall", allow("192.168.99.0/24"))],
  "a port for a stranger": ["open-ports", dropIn("firewall", allow("192.168.99.200"))],
  "another port for whom the manifest names": [
    "open-ports",
    named("ip saddr 192.168.7.0/24 tcp dport { 1883, 8080 } accept\n"),
  ],
  "a port with another protocol for whom the manifest names": [
    "open-ports",
    named("ip saddr 192.168.7.0/24 udp dport { 1883 } accept\n"),
  ],
  "a port for a wider network than the manifest names": [
    "open-ports",
    named("ip saddr 192.168.0.0/16 tcp dport { 1883 } accept\n"),
  ],
  "a port of another host for whom the manifest names": [
    "open-ports",
    named("ip saddr 192.168.7.0/24 tcp dport { 1883 } accept\n", "miniflux-access-postgresql"),
  ],
  "a second rule behind it": [
    "open-ports",
    dropIn("firewall", `${allow("192.168.99.10")}accept\n`),
  ],
  "a rule for everyone behind it": [
    "open-ports",
    dropIn("firewall", `${allow("192.168.99.10").trim()}; tcp dport { 1 } accept\n`),
  ],
  "a database for a network": [
    "open-ports",
    dropIn("hba", 'host "a" "b" 0.0.0.0/0 scram-sha-256\n'),
  ],
  "a database without a password": [
    "open-ports",
    dropIn("hba", 'host "a" "b" 192.168.99.15/32 trust\n'),
  ],
  "a database without TLS": ["tls", dropIn("hba", 'host "a" "b" 192.168.99.15/32 scram-sha-256\n')],
  "a site without TLS": [
    "tls",
    dropIn("routes", '# nixmox {"domain":"miniflux.nixmox.lan","tls":false}\nhandle {\n}\n'),
  ],
  "Proxmox VE without TLS": ["tls", provider({ endpoint: "http://pve:8006/" })],
  "Proxmox VE with any certificate": [
    "tls",
    provider({ endpoint: "https://pve:8006/", insecure: "true" }),
  ],
  "no connection": ["pinned-host-keys", { inputs: {} }],
  "no host key": ["pinned-host-keys", { inputs: { connection: { host: "10.0.0.1" } } }],
  "an empty host key": [
    "pinned-host-keys",
    { inputs: { connection: { host: "a", hostKey: " " } } },
  ],
  "a jump host without one": [
    "pinned-host-keys",
    { inputs: { connection: { host: "a", hostKey: "k", proxy: { host: "b" } } } },
  ],
  "a connection that waits for something else": [
    "pinned-host-keys",
    { inputs: { connection: unknownValue }, sourcesOf: () => ["miniflux-container"] },
  ],
};

describe("the policy", () => {
  for (const [name, registration] of Object.entries(good)) {
    it(`accepts ${name}`, () => assert.deepEqual(find(registration), []));
  }

  for (const [name, [rule, registration]] of Object.entries(bad)) {
    it(`refuses ${name}`, () => assert.ok(find(registration).includes(rule)));
  }

  it("finds one of many secrets wherever it is in a text, and costs no more for more of them", () => {
    const known = new KnownSecrets();
    const value = (i: number) => `${(i * 7919).toString(36)}-secret-${i}`;
    for (let i = 0; i < 500; i++) known.add(`secret ${i}`, value(i));
    const text = "The quick brown fox. ".repeat(2_000);
    for (const at of [0, 1, 7, 8, 9, 20_000, text.length - 1, text.length]) {
      const found = known.findIn(text.slice(0, at) + value(321) + text.slice(at));
      assert.equal(found, "secret 321", String(at));
    }
    assert.equal(known.findIn(text), undefined);
    assert.equal(known.findIn(value(321).slice(1)), undefined);
    assert.equal(known.findIn(""), undefined);
  });

  it("lets the settings say otherwise", () => {
    assert.deepEqual(find({ ...guest({}), protect: false }, { protect: false }), []);
    const proxmox = { ...settings.proxmox, insecure: true };
    assert.deepEqual(
      find(provider({ endpoint: "https://pve:8006/", insecure: "true" }), { proxmox }),
      [],
    );
  });

  it("is described rule by rule in docs/security.md", () => {
    const page = readFileSync("docs/security.md", "utf8");
    for (const { name } of rules) assert.match(page, new RegExp(`^\\| \`${name}\` +\\|`, "m"));
  });

  describe("in the program", () => {
    const seen = new Set<string>();
    let registered: string[] = [];

    before(async () => {
      const probe: Rule = {
        ...{ name: "probe", description: "" },
        check: ({ type, name }) => {
          seen.add(`${type} ${name}`);
          return [];
        },
      };
      (rules as Rule[]).push(probe);
      const { resources } = await runProgram("manifest/nixmox.toml");
      (rules as Rule[]).pop();
      registered = [...resources.values()].map(({ type, name }) => `${type} ${name}`);
    });

    it("looks at every resource", () => {
      assert.ok(registered.length > 50);
      assert.deepEqual([...seen].sort(), registered.sort());
    });
  });
});
