import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "mocha";
import { describeGuest } from "../../components/proxmox/mark";
import { provideToolchain } from "../../toolchain/provide";
import { finish } from "../lab/homelab/homelab";
import { FakeProxmox } from "../unit/proxmox/fakeProxmox";

const repository = join(__dirname, "..", "..");
const description = describeGuest({
  service: "miniflux",
  stack: "dev",
  stackId: "3f9a1c0e",
  vmid: 7015,
});

/**
 * A resource of another provider in a container's place, with a container's inputs besides its own;
 * it makes no difference to the engine and the hook.
 */
const program = (access: object) => `
import * as pulumi from "@pulumi/pulumi";
import { deletionGuard } from ${JSON.stringify(join(repository, "components/proxmox/deletionGuard"))};

class Container extends pulumi.CustomResource {}
const config = new pulumi.Config();
const guard = deletionGuard(() => Promise.resolve(${JSON.stringify(access)}));
if (config.getBoolean("wanted") ?? true) {
  new Container("random:index/randomId:RandomId", "container", {
    nodeName: "pve1",
    vmId: 7015,
    description: ${JSON.stringify(description)},
    initialization: { hostname: "miniflux", userAccount: { keys: [pulumi.secret("a key")] } },
    byteLength: config.getNumber("bytes") ?? 4,
  }, { hooks: { beforeDelete: [guard] }, deleteBeforeReplace: true });
}
`;

describe("the deletion guard on the real engine", function () {
  this.timeout("10m");
  const folder = mkdtempSync(join(tmpdir(), "nixmox-guard-"));
  const own = { vmid: 7015, name: "miniflux", config: { description } };
  const foreign = { vmid: 7015, name: "nas" };
  let fake: FakeProxmox;
  let bin: string;

  const run = (...args: string[]) =>
    finish(join(bin, "pulumi"), [...args, "--stack", "dev", "--non-interactive"], {
      cwd: folder,
      env: {
        ...process.env,
        PATH: `${bin}:${process.env.PATH}`,
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "guard-test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });

  const done = async (...args: string[]) => {
    const { status, stdout, stderr } = await run(...args);
    assert.equal(status, 0, stdout + stderr);
    return stdout;
  };

  const up = ["up", "--yes", "--skip-preview"];
  const destroy = ["destroy", "--yes", "--skip-preview", "--run-program"];

  /** The container's id in the state. */
  const kept = async () => {
    const { deployment } = JSON.parse(await done("stack", "export")) as {
      deployment: { resources?: { urn: string; id: string }[] };
    };
    return deployment.resources?.find(({ urn }) => urn.endsWith("::container"));
  };

  const refused = async (args: readonly string[]) => {
    const before = await kept();
    assert.ok(before);
    const { status, stdout, stderr } = await run(...args);
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /Unable to delete container 7015 on node pve1: .* \(nas\)/);
    assert.equal((await kept())?.id, before.id);
    return stdout;
  };

  before(async () => {
    fake = await FakeProxmox.start();
    ({ bin } = await provideToolchain({ quiet: true }));
    mkdirSync(join(folder, "state"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: guard\nruntime: nodejs\n");
    writeFileSync(join(folder, "package.json"), '{ "main": "index.ts" }');
    writeFileSync(join(folder, "index.ts"), program(fake.access));
    copyFileSync(join(repository, "tsconfig.json"), join(folder, "tsconfig.json"));
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    const { status, stderr } = await run("stack", "init");
    assert.equal(status, 0, stderr);
  });

  beforeEach(async () => {
    fake.guests = [own];
    writeFileSync(join(folder, "Pulumi.dev.yaml"), "config: {}\n");
    await done(...up);
  });

  after(async () => {
    await fake.stop();
    rmSync(folder, { recursive: true });
  });

  it("keeps someone else's guest when the service is removed, and forgets it with the command that it names", async () => {
    fake.guests = [foreign];
    await done("config", "set", "guard:wanted", "false");
    const printed = await refused(up);
    const [, urn] = /`pulumi state delete --stack dev '([^']+)'`/.exec(printed) ?? [];
    await done("state", "delete", urn ?? assert.fail(printed), "--yes");
    await done(...up);
    assert.equal(await kept(), undefined);
  });

  it("keeps it when the container is to be replaced", async () => {
    fake.guests = [foreign];
    await done("config", "set", "guard:bytes", "8");
    await refused(up);
    fake.guests = [own];
    await done(...up);
  });

  it("keeps it on destroy, which needs the program", async () => {
    fake.guests = [foreign];
    await refused(destroy);
    await done("config", "set", "guard:wanted", "false");
    const { urn } = (await kept()) ?? assert.fail("it is not in the state");
    await refused([...destroy, "--target", urn]);
    fake.guests = [own];
    await done(...destroy);
    assert.equal(await kept(), undefined);
  });

  it("shows the line to put back, although the container has a secret among its inputs", async () => {
    fake.guests = [{ ...own, config: { description: "Mine now." } }];
    const { stdout, stderr } = await run(...destroy);
    assert.match(stdout + stderr, /put this line back into them: "miniflux.* id 7015\)"/);
  });

  it("lets its own container be deleted, and one that is gone already", async () => {
    await done("config", "set", "guard:wanted", "false");
    await done(...up);
    assert.equal(await kept(), undefined);
    await done("config", "set", "guard:wanted", "true");
    await done(...up);
    fake.guests = [];
    await done("config", "set", "guard:wanted", "false");
    await done(...up);
    assert.equal(await kept(), undefined);
  });

  it("sends no request in a preview", async () => {
    fake.asked.length = 0;
    await done("config", "set", "guard:wanted", "false");
    await done("preview");
    assert.deepEqual(fake.asked, []);
  });
});
