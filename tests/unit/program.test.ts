import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { after, before, describe, it } from "mocha";
import { privileges } from "../../components/proxmox/privileges";
import { type Recorded, record, settle } from "./recorder";

/** Runs the program once, when the engine's stand-in is there. */
const program = () =>
  createRequire(__filename)("../../index") as { secrets: pulumi.Output<unknown> };

const canary = "canary-5c1a";

describe("program", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-program-"));
  let resources: Map<string, Recorded>;

  const server = acceptingEndpoint(folder);

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const key = join(folder, "id_ed25519");
    writeFileSync(key, `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}-key\n`);
    writeFileSync(`${key}.pub`, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 nixmox\n");
    resources = record({
      "nixmox:manifest": "manifest/nixmox.toml",
      "nixmox:endpoint": `https://127.0.0.1:${port}/`,
      "nixmox:insecure": "true",
      "nixmox:apiToken": `${canary}-token`,
      "nixmox:node": "pve1",
      "nixmox:template": "local:vztmpl/x.tar.zst",
      "nixmox:sshPrivateKeyFile": key,
    });
    program();
    await settle();
  });

  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const get = (name: string) => resources.get(name) ?? assert.fail(`there is no ${name}`);
  /** What a resource waits for, itself or because the component that it is part of does. */
  const waitsFor = (name: string): string[] => {
    const { dependsOn, parent } = get(name);
    return [...dependsOn, ...(parent && resources.has(parent) ? waitsFor(parent) : [])];
  };
  const names = (type: RegExp) =>
    [...resources.values()].filter((r) => type.test(r.type)).map((r) => r.name);

  it("makes one container a service and nothing for what does not exist", () => {
    assert.deepEqual(names(/containerLegacy/).sort(), [
      "caddy-container-lxc",
      "dns-container-lxc",
      "miniflux-container-lxc",
      "monitoring-container-lxc",
      "postgresql-container-lxc",
    ]);
    assert.equal(resources.has("caddy-database"), false);
    assert.equal(resources.has("dns-public-route-dns-nixmox-lan"), false);
  });

  it("gives the container exactly what the manifest says", () => {
    const { inputs, protect, ignoreChanges, dependsOn } = get("postgresql-container-lxc");
    assert.deepEqual(inputs, {
      nodeName: "pve2",
      vmId: 111,
      description: "postgresql, made by NixMox",
      tags: ["nixmox"],
      unprivileged: true,
      features: { nesting: true },
      operatingSystem: { templateFileId: "local:vztmpl/x.tar.zst", type: "nixos" },
      startOnBoot: true,
      started: true,
      startup: { order: 2 },
      cpu: { cores: 2 },
      memory: { dedicated: 2048, swap: 0 },
      disk: { datastoreId: "local-lvm", size: 8 },
      networkInterfaces: [
        { name: "eth0", bridge: "vmbr0", vlanId: 99, macAddress: "02:EA:C8:E9:D5:4D" },
      ],
      initialization: {
        hostname: "postgresql",
        dns: { domain: "nixmox.lan", servers: ["192.168.99.13", "192.168.99.1"] },
        ipConfigs: [{ ipv4: { address: "192.168.99.11/24", gateway: "192.168.99.1" } }],
        userAccount: { keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 nixmox"] },
      },
    });
    assert.equal(protect, true);
    assert.deepEqual(ignoreChanges, [
      "initialization.userAccount",
      "operatingSystem.templateFileId",
    ]);
    assert.deepEqual(dependsOn, []);
  });

  it("protects only containers that hold data", () => {
    assert.equal(get("caddy-container-lxc").protect, false);
    assert.equal(get("miniflux-container-lxc").protect, true);
  });

  it("starts every container at once", () => {
    for (const name of names(/containerLegacy/)) assert.deepEqual(waitsFor(name), []);
  });

  it("builds with nobody but the own host", () => {
    const before = waitsFor("miniflux-system-build");
    assert.ok(before.includes("miniflux-host-key"));
    const others = before.filter((name) => !/^(miniflux|nixmox-ca)-/.test(name));
    assert.deepEqual(others, []);
  });

  it("activates after its build, its secrets and its database", () => {
    const before = waitsFor("miniflux-system-switch");
    for (const name of [
      "miniflux-system-build",
      "miniflux-secret-admin-password-file",
      "miniflux-database-role",
      "miniflux-database-secret-file",
    ]) {
      assert.ok(before.includes(name), `${name} is missing in ${before.join(" ")}`);
    }
    assert.ok(waitsFor("miniflux-database-role").includes("postgresql-health-check"));
  });

  it("publishes when the service, the proxy and the resolver are healthy", () => {
    assert.ok(
      waitsFor("miniflux-public-route-miniflux-nixmox-lan-fragment-file").includes(
        "miniflux-health-check",
      ),
    );
    assert.ok(
      waitsFor("miniflux-public-route-miniflux-nixmox-lan-fragment-file").includes(
        "caddy-health-check",
      ),
    );
    assert.ok(waitsFor("miniflux-public-dns-fragment-file").includes("dns-health-check"));
    assert.ok(waitsFor("miniflux-scrape-fragment-file").includes("monitoring-health-check"));
  });

  it("runs nothing on a host that goes away itself", () => {
    for (const name of names(/^command:remote:Command$/)) {
      assert.match(get(name).deletedWith ?? "nothing", /-container-lxc$/, name);
    }
    assert.equal(get("miniflux-database-role").deletedWith, "postgresql-container-lxc");
  });

  it("sends secrets through stdin only, marked as secret", () => {
    const { inputs } = get("miniflux-secret-admin-password-file");
    assert.doesNotMatch(String(inputs.create), /miniflux-secret-admin-password-value/);
    assert.equal(inputs.logging, "stderr");
    const all = JSON.stringify([...resources.values()].map(({ inputs: i }) => strip(i)));
    for (const value of ["-value", canary]) assert.doesNotMatch(all, new RegExp(value));
    assert.match(JSON.stringify(inputs), /miniflux-secret-admin-password-value/);
  });

  it("keeps the database when the service goes", () => {
    assert.match(
      String(get("miniflux-database-role").inputs.delete),
      /ALTER ROLE "miniflux" NOLOGIN/,
    );
  });

  it("exports its secrets as secrets", async () => {
    const { secrets } = program();
    assert.equal(await pulumi.isSecret(secrets), true);
  });
});

/** Accepts any token, so that the program goes on. */
function acceptingEndpoint(folder: string): Server {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=pve";
  execFileSync("openssl", [...request.split(" "), "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  const role = Object.fromEntries(privileges.map((privilege) => [privilege, 1]));
  const answers: Record<string, unknown> = {
    "/api2/json/nodes": [{ node: "pve1" }, { node: "pve2" }],
    "/api2/json/access/permissions": { "/": role },
  };
  return createServer({ key: readFileSync(key), cert: readFileSync(cert) }, ({ url }, response) =>
    response.end(JSON.stringify({ data: answers[url ?? ""] })),
  );
}

const secretMark = "4dabf18193072939515e22adb298388d";

/** Inputs without the values that the engine encrypts. */
function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== "object" || value === null) return value;
  if (secretMark in value) return "secret";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, strip(inner)]));
}
