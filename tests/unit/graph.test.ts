import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { after, before, describe, it } from "mocha";
import { Rollout } from "../../components/rollout";
import { type Step, stepsOf } from "../../manifest/graph/steps";
import { loadManifest } from "../../manifest/load";
import { base, load } from "./fixtures";
import { runProgram } from "./program";
import type { Recorded } from "./recorder";
import { leavesOf } from "./steps";

/** The shipped services, and one that uses most of what there is. */
const manifest = `
[network]
domain = "nixmox.lan"
network_cidr = "192.168.99.0/24"
gateway = "192.168.99.1"
[core_services]
dns = { ip = "192.168.99.13" }
postgresql = { ip = "192.168.99.11" }
caddy = { ip = "192.168.99.10" }
[services]
monitoring = { ip = "192.168.99.16", interface.route = {} }
[services.miniflux]
ip = "192.168.99.15"
ports = [8080]
[services.miniflux.interface]
db = {}
route = {}
secrets.admin-password = {}
[services.notes]
ip = "192.168.99.17"
ports = [8080]
modules = ["miniflux"]
depends_on = ["miniflux", "dns"]
[services.notes.interface]
dbs = { notes = {}, more = {} }
routes = { notes = {}, api = { domain = "notes-api.nixmox.lan" } }
[routes.nas]
upstream = "http://192.168.1.20"
`;

describe("the graph of steps and what resources wait for", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-graph-"));
  let resources: ReadonlyMap<string, Recorded>;
  let steps: Step[];

  before(async () => {
    const file = join(folder, "manifest.toml");
    writeFileSync(file, manifest);
    ({ resources } = await runProgram(file));
    steps = stepsOf(loadManifest(file).manifest);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Everything that must exist before a resource, by name. */
  const waitsFor = (name: string, seen = new Set<string>()): Set<string> => {
    const resource = resources.get(name);
    const before = [...(resource?.dependsOn ?? []), ...(resource?.parent ? [resource.parent] : [])];
    for (const each of before.filter((other) => !seen.has(other))) {
      seen.add(each);
      waitsFor(each, seen);
    }
    return seen;
  };

  const allNeeds = (id: string, seen = new Set<string>()): Set<string> => {
    for (const need of steps.find((step) => step.id === id)!.needs) {
      if (!seen.has(need)) allNeeds(need, seen.add(need));
    }
    return seen;
  };

  it("are the same in both directions", () => {
    const leaves = new Map(steps.map((step) => [step.id, leavesOf(step, [...resources.keys()])]));
    for (const [id, names] of leaves) assert.ok(names.length > 0, `${id} has no resource`);
    for (const { id } of steps) {
      const needs = allNeeds(id);
      for (const name of leaves.get(id)!) {
        const waited = waitsFor(name);
        for (const [other, others] of leaves) {
          if (other === id) continue;
          const found = others.filter((each) => waited.has(each));
          // Containers on one node are created one after the other, which is not a need of the service.
          if (needs.has(other))
            assert.deepEqual(found, others, `${name} does not wait for ${other}`);
          else if (!other.endsWith(".container")) assert.deepEqual(found, [], `${name}, ${other}`);
        }
      }
    }
  });

  it("cover every command, so that none runs outside a step", () => {
    const known = new Set(steps.flatMap((step) => leavesOf(step, [...resources.keys()])));
    const commands = [...resources.values()].filter(({ type }) => /^command:remote/.test(type));
    assert.deepEqual(
      commands.map(({ name }) => name).filter((name) => !known.has(name)),
      [],
    );
  });
});

describe("the steps of a deployment", () => {
  /** Written by hand: what the graph is for. */
  const expected: Record<string, string[]> = {
    "postgresql.container": [],
    "postgresql.host": ["postgresql.container"],
    "postgresql.build": ["postgresql.host"],
    "postgresql.secrets": ["postgresql.host"],
    "postgresql.switch": ["postgresql.build", "postgresql.secrets"],
    "postgresql.healthy": ["postgresql.switch"],
    "caddy.secrets": ["caddy.host"],
    "caddy.switch": ["caddy.build", "caddy.secrets"],
    "dns.published": ["dns.firewall", "dns.healthy"],
    "git.secrets": ["git.host"],
    "git.access": ["app.healthy", "git.host"],
    "git.database": ["git.host", "git.secrets", "postgresql.healthy"],
    "git.sign_in": ["authentik.directory"],
    "git.switch": [
      "app.healthy",
      "authentik.published",
      "dns.healthy",
      "git.access",
      "git.build",
      "git.database",
      "git.secrets",
      "git.sign_in",
    ],
    "git.healthy": ["git.switch"],
    "git.firewall": ["git.healthy"],
    "git.published": [
      "authentik.published",
      "caddy.healthy",
      "dns.healthy",
      "git.firewall",
      "git.healthy",
      "git.sign_in",
    ],
    "git.monitored": ["git.firewall", "git.healthy", "monitoring.healthy"],
    // What only the proxy guards starts without the provider.
    "wiki.sign_in": ["authentik.directory"],
    "wiki.switch": ["wiki.build"],
    "wiki.published": [
      "authentik.published",
      "caddy.healthy",
      "dns.healthy",
      "wiki.firewall",
      "wiki.healthy",
      "wiki.sign_in",
    ],
    "authentik.directory": ["authentik.healthy"],
    "authentik.database": ["authentik.host", "authentik.secrets", "postgresql.healthy"],
    "authentik.published": [
      "authentik.firewall",
      "authentik.healthy",
      "caddy.healthy",
      "dns.healthy",
    ],
    "monitoring.monitored": ["monitoring.healthy"],
  };

  it("need what has to come before, and nothing else", () => {
    const { manifest: resolved } = load(
      `${base}[core_services.authentik]\nip = "192.168.99.12"\n` +
        '[services.monitoring]\nip = "192.168.99.16"\n' +
        '[services.app]\nip = "192.168.99.19"\nports = [80]\n' +
        '[services.git]\nip = "192.168.99.20"\nports = [80]\ndepends_on = ["app", "dns"]\n' +
        "[services.git.interface]\ndb = {}\nroute = {}\nsecrets.key = {}\n" +
        'auth = { type = "oidc", oidc = { redirect_uris = ["https://git.nixmox.lan/cb"] } }\n' +
        '[services.wiki]\nip = "192.168.99.21"\nports = [80]\n' +
        'interface = { route = {}, auth = { type = "forward_auth" } }\n',
    );
    const needs = new Map(stepsOf(resolved).map((each) => [each.id, each.needs]));
    for (const [id, before] of Object.entries(expected))
      assert.deepEqual(needs.get(id), before, id);
    const kinds = [...needs.keys()].filter((id) => id.startsWith("app.")).map((id) => id.slice(4));
    assert.deepEqual(kinds, [
      "container",
      "host",
      "build",
      "switch",
      "healthy",
      "firewall",
      "published",
      "monitored",
    ]);
  });
});

describe("a rollout", () => {
  const step = (id: string, ...needs: string[]): Step => {
    const [service, kind] = id.split(".") as [string, Step["kind"]];
    return { id, service, kind, needs };
  };
  const resource = {} as pulumi.Resource;

  it("passes on what the needed steps created", () => {
    const rollout = new Rollout([step("a.healthy"), step("b.switch", "a.healthy")]);
    rollout.stepsOf("a")("healthy", () => [resource]);
    rollout.stepsOf("b")("switch", (dependsOn) => {
      assert.deepEqual(dependsOn, [resource]);
      return [];
    });
    rollout.assertComplete();
  });

  it("refuses a step that comes before one that it needs", () => {
    const rollout = new Rollout([step("a.healthy"), step("b.switch", "a.healthy")]);
    assert.throws(
      () => rollout.stepsOf("b")("switch", () => []),
      /Unable to create step b\.switch: a\.healthy, which it needs, does not exist yet\./,
    );
  });

  it("creates no step that the graph does not have, and skips none that it has", () => {
    const rollout = new Rollout([step("a.healthy")]);
    rollout.stepsOf("a")("database", () => assert.fail("there is no such step"));
    assert.throws(() => rollout.assertComplete(), /the program did not create a\.healthy/);
    rollout.stepsOf("a")("healthy", () => []);
    assert.throws(() => rollout.stepsOf("a")("healthy", () => []), /it exists already/);
  });
});
