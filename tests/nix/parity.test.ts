import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve as absolute } from "node:path";
import fc from "fast-check";
import { after, describe, it } from "mocha";
import { loadManifest } from "../../manifest/load";
import type { Manifest } from "../../manifest/resolve";
import { sliceOf } from "../../manifest/slice";
import { manifests, toToml } from "../unit/arbitraries";

const resolver = absolute("nixos/lib/resolve.nix");

/** The values that both sides must agree on, by service. */
const facts = `
  document:
  let r = import ${resolver} document; in {
    dns = r.network.dns_server;
    keys = r.network.ssh_keys;
    services = builtins.mapAttrs (_: s: {
      inherit (s) ip hostname ports provides depends_on;
      dbs = builtins.mapAttrs (_: d: { inherit (d) name owner service host port extensions additionaldbs; }) s.interface.dbs;
      proxy = builtins.mapAttrs (_: p: { inherit (p) domain path upstream tls authz; }) s.interface.proxy;
      secrets = builtins.mapAttrs (_: x: { inherit (x) owner mode restart; }) s.interface.secrets;
      auth = s.interface.auth.type;
    }) (builtins.listToAttrs (builtins.filter (e: e.value.enable) (map
      (name: { inherit name; value = (r.core_services // r.services).\${name}; })
      (builtins.attrNames (r.core_services // r.services)))));
  }`;

/** What Nix makes of several manifests, read in one evaluation. */
function nix(files: readonly string[]): unknown[] {
  const read = (file: string) =>
    ({
      toml: `builtins.fromTOML (builtins.readFile ${file})`,
      json: `builtins.fromJSON (builtins.readFile ${file})`,
      nix: `import ${file}`,
    })[file.split(".").at(-1)!];
  const list = files.map((file) => `(facts (${read(file)}))`).join("\n");
  const expression = `let facts = ${facts}; in [ ${list} ]`;
  const args = ["--eval", "--strict", "--json", "--expr", expression];
  return JSON.parse(
    execFileSync("nix-instantiate", args, {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "pipe"],
    }),
  ) as unknown[];
}

function typescript(manifest: Manifest): unknown {
  const pick = <T extends object>(table: Record<string, T>, ...keys: (keyof T)[]) =>
    Object.fromEntries(
      Object.entries(table).map(([name, entry]) => [
        name,
        Object.fromEntries(keys.map((key) => [key, entry[key]])),
      ]),
    );
  return {
    dns: manifest.network.dns_server,
    keys: manifest.network.ssh_keys,
    services: Object.fromEntries(
      manifest.services.map(({ name, ip, hostname, ports, provides, depends_on, interface: i }) => [
        name,
        {
          ...{ ip, hostname, ports, provides, depends_on },
          dbs: pick(
            i.dbs,
            "name",
            "owner",
            "service",
            "host",
            "port",
            "extensions",
            "additionaldbs",
          ),
          proxy: pick(i.proxy, "domain", "path", "upstream", "tls", "authz"),
          secrets: pick(i.secrets, "owner", "mode", "restart"),
          auth: i.auth.type,
        },
      ]),
    ),
  };
}

describe("Nix and TypeScript read the same manifest alike", function () {
  this.timeout("2m");
  const folder = mkdtempSync(join(tmpdir(), "nixmox-parity-"));
  after(() => rmSync(folder, { recursive: true }));

  for (const file of [
    "manifest/nixmox.toml",
    "tests/nix/manifests/classic.nix",
    "tests/nix/manifests/forms.toml",
  ]) {
    it(file, () => {
      const [seen] = nix([absolute(file)]);
      assert.deepEqual(seen, typescript(loadManifest(file).manifest));
    });
  }

  it("any valid one, and any host's slice of it", () => {
    const drafts = fc.sample(manifests(1, 12), { numRuns: 40, seed: 42 });
    const files = drafts.map((draft, i) => {
      const file = join(folder, `${i}.toml`);
      writeFileSync(file, toToml(draft));
      return file;
    });
    const loaded = files.map((file) => loadManifest(file).manifest);
    assert.deepEqual(nix(files), loaded.map(typescript));

    const slices = loaded.map((manifest, i) => {
      const file = join(folder, `${i}.json`);
      writeFileSync(file, JSON.stringify(sliceOf(manifest, manifest.services[0]!)));
      return file;
    });
    nix(slices).forEach((seen, i) => {
      const own = loaded[i]!.services[0]!.name;
      const whole = typescript(loaded[i]!) as { services: Record<string, unknown> };
      const part = seen as { services: Record<string, unknown> };
      assert.deepEqual(part.services[own], whole.services[own]);
    });
  });
});
