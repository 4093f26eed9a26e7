import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { after, before, describe, it } from "mocha";
import { canary, type Run, runProgram, sshKeyLine } from "./program";
import { strip } from "./recorder";

const password = "miniflux-secret-admin-password";

describe("program", () => {
  let run: Run;
  before(async () => {
    run = await runProgram("manifest/nixmox.toml");
  });

  const get = (name: string) => run.resources.get(name) ?? assert.fail(`there is no ${name}`);
  const all = () => [...run.resources.values()];
  const names = (type: RegExp) =>
    all()
      .filter((r) => type.test(r.type))
      .map((r) => r.name);

  it("creates one container per service and nothing for what does not exist", () => {
    assert.deepEqual(names(/containerLegacy/).sort(), [
      "authentik-container",
      "caddy-container",
      "dns-container",
      "miniflux-container",
      "monitoring-container",
      "postgresql-container",
    ]);
    assert.deepEqual(
      all()
        .map(({ name }) => name)
        .filter((name) =>
          /^(caddy|dns|monitoring|postgresql)-(database|route-(?!.*-site$|prom|alert|authentik))/.test(
            name,
          ),
        ),
      [],
    );
  });

  it("creates few resources, none of them deep", () => {
    const depth = (name: string): number => {
      const { parent } = get(name);
      return parent === undefined || !run.resources.has(parent) ? 1 : 1 + depth(parent);
    };
    assert.ok(all().length <= 145, `${all().length} resources`);
    const deepest = Math.max(...all().map(({ name }) => depth(name)));
    assert.equal(deepest, 3);
    const children = (name: string) => all().filter(({ parent }) => parent === name).length;
    const lonely = all()
      .filter(({ name, type }) => type.startsWith("nixmox:") && children(name) < 2)
      .map(({ type }) => type);
    // These two are contracts that people look for.
    assert.deepEqual([...new Set(lonely)].sort(), [
      "nixmox:index:DnsRecords",
      "nixmox:index:ProxyRoute",
    ]);
  });

  it("names resources after their service and part", () => {
    const services = [
      "authentik",
      "caddy",
      "dns",
      "miniflux",
      "monitoring",
      "postgresql",
      "nixmox",
    ];
    for (const { name } of all()) {
      if (["nixmox-dev", "nixmox-test", "proxmox"].includes(name)) continue;
      assert.ok(
        services.some((s) => name === s || name.startsWith(`${s}-`)),
        name,
      );
      assert.ok(name.split("-").length <= 6, name);
    }
    get("miniflux-route-miniflux.nixmox.lan");
    get("caddy-route-miniflux.nixmox.lan-site");
  });

  it("gives the container exactly what the manifest says", () => {
    const { inputs, protect, ignoreChanges, dependsOn } = get("postgresql-container");
    assert.deepEqual(strip(inputs), {
      nodeName: "pve2",
      vmId: 7011,
      poolId: "nixmox",
      description: "postgresql, made by NixMox (stack test, 3f9a1c0e, id 7011)",
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
        {
          name: "eth0",
          bridge: "vmbr0",
          firewall: true,
          vlanId: 99,
          macAddress: "02:EA:C8:E9:D5:4D",
        },
      ],
      initialization: {
        hostname: "postgresql",
        dns: { domain: "nixmox.lan", servers: ["192.168.99.13", "192.168.99.1"] },
        ipConfigs: [{ ipv4: { address: "192.168.99.11/24", gateway: "192.168.99.1" } }],
        userAccount: { keys: ["secret"] },
      },
    });
    assert.equal(protect, true);
    assert.deepEqual(ignoreChanges, [
      "initialization.userAccount",
      "operatingSystem.templateFileId",
      "poolId",
      "mountPoints",
      "devicePassthroughs",
      "idmaps",
      "features",
      "hookScriptFileId",
      "unprivileged",
    ]);
    assert.deepEqual(dependsOn, ["nixmox-first-contact", "nixmox-id"]);
  });

  it("marks each new container with a secret of its own, and looks for it at the first contact", () => {
    const markOf = (service: string) => {
      const container = JSON.stringify(get(`${service}-container`).inputs);
      const key = /"ssh-ed25519 [A-Za-z0-9+/]+ (nixmox-first-contact-[0-9a-f]{40})"/;
      return key.exec(container)?.[1] ?? assert.fail(container);
    };
    const mark = markOf("postgresql");
    assert.notEqual(markOf("miniflux"), mark);
    const { inputs, ignoreChanges } = get("postgresql-host-key");
    assert.ok(JSON.stringify(inputs.stdin).includes(`"postgresql 7011 ${mark}\\n"`));
    assert.equal(strip(inputs.stdin), "secret");
    assert.match(String(inputs.create), /^bash \S+pin-host-key\.sh 192\.168\.99\.11 \S+ 300$/);
    // A host that is known is not asked again, not even one from before there were marks.
    assert.deepEqual(ignoreChanges, ["stdin"]);
  });

  it("replaces nothing on a host that has become another container", () => {
    for (const { name, inputs } of all().filter(({ inputs }) => inputs.triggers !== undefined)) {
      assert.doesNotMatch(JSON.stringify(inputs.triggers), /70\d\d/, name);
    }
    const { triggers } = get("miniflux-database-role").inputs;
    assert.deepEqual(triggers, ["postgresql", "miniflux/miniflux"]);
  });

  it("lets a container send from its own addresses alone, also once it is replaced", () => {
    for (const name of names(/containerLegacy/)) {
      const { inputs, deletedWith, dependsOn, replaceWith, hooks } = get(`${name}-firewall`);
      const container = get(name).inputs;
      assert.deepEqual(inputs, {
        nodeName: container.nodeName,
        containerId: container.vmId,
        enabled: true,
        inputPolicy: "ACCEPT",
        outputPolicy: "ACCEPT",
        ipfilter: true,
        macfilter: true,
        dhcp: false,
        ndp: true,
        radv: false,
      });
      assert.equal(deletedWith, name);
      assert.deepEqual(dependsOn, [name]);
      assert.deepEqual(replaceWith, [name]);
      assert.deepEqual(hooks.beforeCreate, ["nixmox-preflight"]);
    }
  });

  it("protects only containers that hold data", () => {
    assert.equal(get("caddy-container").protect, false);
    assert.equal(get("miniflux-container").protect, true);
  });

  it("asks Proxmox VE before it creates or changes a container, and before it deletes one", () => {
    for (const name of names(/containerLegacy/)) {
      assert.deepEqual(get(name).hooks, {
        beforeCreate: ["nixmox-preflight"],
        beforeUpdate: ["nixmox-shrink-guard", "nixmox-preflight"],
        beforeDelete: ["nixmox-deletion-guard"],
      });
    }
    assert.deepEqual(get("nixmox-id").hooks.beforeCreate, ["nixmox-first-preflight"]);
  });

  it("creates nothing else before it has asked", () => {
    const isAfter = (name: string): boolean => {
      const { type, parent, dependsOn } = get(name);
      if (name === "nixmox-id" || type.includes("containerLegacy")) return true;
      const before = [...dependsOn, ...(parent && run.resources.has(parent) ? [parent] : [])];
      return before.some((each) => run.resources.has(each) && isAfter(each));
    };
    const early = all().filter(
      ({ name, type }) =>
        !type.startsWith("nixmox:") && !type.startsWith("pulumi:") && !isAfter(name),
    );
    assert.deepEqual(early, []);
  });

  it("runs nothing on a host that is itself being removed", () => {
    const commands = names(/^command:remote:Command$/);
    assert.ok(commands.length > 20);
    for (const name of commands) {
      assert.match(get(name).deletedWith ?? "nothing", /-container$/, name);
    }
    assert.equal(get("miniflux-database-role").deletedWith, "postgresql-container");
  });

  it("sends secrets through stdin only, marked as secret", () => {
    const { inputs } = get(password);
    assert.match(String(inputs.create), /^set -- \/var\/lib\/nixmox\/secrets\/admin-password /);
    assert.doesNotMatch(String(inputs.create), new RegExp(`${password}-value`));
    assert.equal(inputs.logging, "stderr");
    assert.match(JSON.stringify(inputs), new RegExp(`${password}-value`));
    const text = JSON.stringify(all().map(({ inputs: i }) => strip(i)));
    const generated = names(/RandomPassword$/).map((name) => `${name}-result`);
    assert.equal(generated.length, 9);
    for (const value of [...generated, canary, sshKeyLine, "PRIVATE KEY-----"]) {
      assert.ok(!text.includes(value), value);
    }
  });

  it("says of a database where it is, and which file has its password", () => {
    assert.deepEqual(get("miniflux-database").outputs, {
      host: "192.168.99.11",
      port: 5432,
      name: "miniflux",
      role: "miniflux",
      passwordFile: "/var/lib/nixmox/secrets/database-miniflux",
    });
    assert.deepEqual(get("miniflux-route-miniflux.nixmox.lan").outputs, {
      url: "https://miniflux.nixmox.lan/",
    });
  });

  it("keeps the database when the service is removed", () => {
    assert.match(
      String(get("miniflux-database-role").inputs.delete),
      /ALTER ROLE "miniflux" NOLOGIN/,
    );
  });

  it("removes a role that is replaced only after it has been let in again", () => {
    assert.equal(get("miniflux-database-role").deleteBeforeReplace, false);
    assert.equal(get("miniflux-database-access").deleteBeforeReplace, true);
  });

  it("exports its secrets as secrets", async () => {
    assert.equal(await pulumi.isSecret(run.exports.secrets), true);
  });
});

describe("a sixth service", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-sixth-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("with a database and a route adds at most 20 rows to a preview, all its own", async () => {
    const file = join(folder, "nixmox.toml");
    cpSync("manifest/nixmox.toml", file);
    const before = (await runProgram(file)).resources;
    const notes =
      '[services.notes]\nip = "192.168.99.17"\nports = [8080]\nmodules = ["miniflux"]\n' +
      "[services.notes.interface]\ndb = {}\nroute = {}\n";
    writeFileSync(file, `${readFileSync(file, "utf8")}\n${notes}`);
    const after = (await runProgram(file)).resources;
    const added = [...after.keys()].filter((name) => !before.has(name));
    assert.ok(added.length > 10 && added.length <= 20, `${added.length} rows: ${added.join(" ")}`);
    for (const name of added)
      assert.match(name, /^(notes(-.+)?|caddy-route-notes\.nixmox\.lan-site)$/);
    for (const [name, { inputs }] of before) {
      assert.deepEqual(after.get(name)?.inputs, inputs, name);
    }
  });

  it("may have names that every object has, and gets its own secrets", async () => {
    const file = join(folder, "constructor.toml");
    const service =
      '[services.constructor]\nip = "192.168.99.17"\nmodules = ["miniflux"]\n' +
      "interface.secrets.constructor = {}\n";
    writeFileSync(file, `${readFileSync("manifest/nixmox.toml", "utf8")}\n${service}`);
    const { resources } = await runProgram(file);
    const { inputs } = resources.get("constructor-secret-constructor")!;
    assert.match(JSON.stringify(inputs), /constructor-secret-constructor-value-result/);
  });
});
