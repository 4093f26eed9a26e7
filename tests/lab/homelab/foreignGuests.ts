import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, beforeEach, describe, it } from "mocha";
import { readLab } from "../../../lab/info";
import { POOL } from "../../../lab/identity";
import { labPaths } from "../../../lab/paths";
import { VOLUME } from "../../../lab/template/packages";
import { ask, rootOf, type RunningLab, work } from "../pve/client";
import type { Homelab } from "./homelab";

const VMID = 8119;

/** A service whose id, host name and address someone else's guests will have. */
const stray = `
[services.stray]
ip = "192.168.99.19"
vmid = ${VMID}
interface.health.startup = "systemctl is-active --quiet sshd"
`;

const host = "{ }\n";

/** A resource in the state. */
interface Resource {
  readonly urn: string;
  readonly id?: string;
  /** Unlike a component, it exists outside the state. */
  readonly custom: boolean;
  readonly inputs?: { readonly vmId?: number };
}

/** A guest in the list of the cluster's resources. */
interface Listed {
  readonly vmid: number;
  readonly name: string;
  readonly node: string;
}

export function describeForeignGuests(lab: () => Homelab): void {
  describe("someone else's guests", () => {
    const folder = () => join(lab().project, ".nixmox", "lab");
    const api = (): RunningLab => ({
      dir: folder(),
      info: readLab(folder()) ?? assert.fail("the lab is not there"),
    });

    /** An address in the lab's network, whichever that is. */
    const address = async (host: number) =>
      (await lab().services()).dns!.address.replace(/\d+$/, String(host));

    const inManifest = (wanted: boolean) =>
      lab().prepare(wanted ? { manifest: stray, hosts: { stray: host } } : {});

    const up = () => lab().up();

    const goesUp = async () => {
      const { status, stdout, stderr } = await up();
      assert.equal(status, 0, stdout + stderr);
    };

    const names = async () => (await resources()).map(({ urn, id }) => `${urn} ${id}`).sort();

    const resources = async () => {
      const { stdout } = await lab().quietly("stack", "export", "--stack", "dev");
      const state = JSON.parse(stdout) as { deployment: { resources: Resource[] } };
      return state.deployment.resources.filter(({ custom }) => custom);
    };

    const urnOfContainer = async () =>
      (await resources()).find(({ inputs }) => inputs?.vmId === VMID)?.urn;

    const guests = () => ask<Listed[]>(api(), "GET", "/cluster/resources", { type: "vm" });

    /** Creates a container as anyone could, in the web interface or by a script. */
    const makeContainer = async (
      node: string,
      vmid: number,
      hostname: string,
      ip: string,
      more: Record<string, string> = {},
    ) => {
      const settings = {
        vmid: String(vmid),
        hostname,
        ostemplate: VOLUME,
        rootfs: "local-lvm:1",
        memory: "128",
        net0: `name=eth0,bridge=vmbr0,ip=${ip}/24`,
        unprivileged: "1",
        description: "Photographs. Do not delete!",
        ...more,
      };
      await work(api(), "POST", `/nodes/${node}/lxc`, settings, await rootOf(api()));
    };

    const removeContainer = async (node: string, vmid: number) => {
      const root = await rootOf(api());
      await work(api(), "DELETE", `/nodes/${node}/lxc/${vmid}`, { force: "1" }, root);
    };

    /** What identifies a guest. */
    const portrait = (node: string, vmid: number, type = "lxc") =>
      ask<object>(api(), "GET", `/nodes/${node}/${type}/${vmid}/config`);

    describe("that have what the manifest asks for", () => {
      before(() => inManifest(true));
      after(() => inManifest(false));

      /** Expects that `pulumi up` ends at once, names the guest, and changes nothing at all. */
      const isRefused = async (node: string, vmid: number, says: RegExp, type = "lxc") => {
        const [before, guest] = [await names(), await portrait(node, vmid, type)];
        const began = Date.now();
        const { status, stdout, stderr } = await up();
        assert.ok(Date.now() - began < 60_000);
        assert.notEqual(status, 0);
        assert.match(stdout + stderr, says);
        assert.doesNotMatch(stdout, /(proxmoxve|command|random):\S+ \S+ (cre|upd|del|repl)\w*ed/);
        assert.deepEqual(await names(), before);
        assert.deepEqual(await portrait(node, vmid, type), guest);
      };

      const cases: [
        what: string,
        node: string,
        vmid: number,
        name: string,
        host: number,
        says: RegExp,
      ][] = [
        [
          "an id, on another node",
          "pve2",
          VMID,
          "precious",
          201,
          /service stray has vmid 8119 in the manifest, and so has container 8119 \(precious\) on node pve2, which this stack did not create/,
        ],
        [
          "an id and a host name, on the same node",
          "pve1",
          VMID,
          "stray",
          201,
          /service stray has vmid 8119, hostname stray in the manifest, and so has container 8119/,
        ],
        [
          "a host name",
          "pve2",
          8201,
          "Stray",
          201,
          /service stray has hostname stray in the manifest, and so has container 8201 \(Stray\)/,
        ],
        [
          "an address",
          "pve2",
          8201,
          "precious",
          19,
          /service stray has ip [\d.]+\.19 in the manifest, and so has container 8201 \(precious\)/,
        ],
      ];
      for (const [what, node, vmid, name, host, says] of cases) {
        it(what, async () => {
          await makeContainer(node, vmid, name, await address(host));
          await isRefused(node, vmid, says).finally(() => removeContainer(node, vmid));
        });
      }

      it("an id and a host name, as a template", async () => {
        await makeContainer("pve1", VMID, "stray", await address(201));
        const file = join(labPaths(folder()).nodes, "pve1", "lxc", `${VMID}.conf`);
        writeFileSync(file, `${readFileSync(file, "utf8")}template: 1\n`);
        const says = /service stray has vmid 8119, hostname stray .* container template 8119/;
        await isRefused("pve1", VMID, says).finally(() => removeContainer("pve1", VMID));
      });

      it("an id, as a virtual machine", async () => {
        const file = join(labPaths(folder()).nodes, "pve2", "qemu-server", `${VMID}.conf`);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, "name: plex\nmemory: 2048\n");
        const says = /service stray has vmid 8119 .* and so has VM 8119 \(plex\) on node pve2/;
        await isRefused("pve2", VMID, says, "qemu").finally(() => rmSync(file));
      });
    });

    describe("in the place of its own container", () => {
      const container = `/nodes/pve1/lxc/${VMID}`;

      before(async () => {
        inManifest(true);
        await goesUp();
        assert.equal((await guests()).find(({ vmid }) => vmid === VMID)?.node, "pve1");
      });

      beforeEach(() => inManifest(false));

      /** Expects that neither `pulumi up` nor `pulumi destroy` deletes the guest; returns what they print. */
      const isKept = async (): Promise<string> => {
        const guest = await portrait("pve1", VMID);
        const removed = await up();
        const urn = (await urnOfContainer()) ?? assert.fail("the container is not in the state");
        const destroyed = await lab().pulumi(
          "destroy",
          ...["--stack", "dev", "--yes", "--skip-preview", "--run-program", "--target", urn],
        );
        for (const { status, stdout, stderr } of [removed, destroyed]) {
          assert.notEqual(status, 0);
          assert.match(stdout + stderr, /Unable to delete container 8119 on node pve1: it is no/);
        }
        assert.equal(await urnOfContainer(), urn);
        assert.deepEqual(await portrait("pve1", VMID), guest);
        return removed.stdout + removed.stderr;
      };

      it("are recognised by the notes, and the container again once its line is back", async () => {
        await ask(api(), "PUT", `${container}/config`, { description: "Mine now." });
        const said = await isKept();
        const [, line] = /put this line back into them: "([^"]+)"/.exec(said) ?? [];
        const description = `Mine now.\n${line ?? assert.fail(said)}`;
        await ask(api(), "PUT", `${container}/config`, { description });
        inManifest(true);
        await goesUp();
      });

      it("lose nothing in its pool, its storages and its users when it is removed", async () => {
        const root = await rootOf(api());
        await makeContainer("pve2", 8202, "precious", await address(202), { pool: POOL });
        const neighbours = async () => {
          const read = (path: string, query = {}) => ask<unknown>(api(), "GET", path, query, root);
          const [pool] = (await read("/pools", { poolid: POOL })) as { members: Listed[] }[];
          return {
            members: pool!.members.map(({ vmid }) => vmid).filter((vmid) => vmid !== VMID),
            storages: await read("/storage"),
            templates: await read("/nodes/pve1/storage/local/content"),
            users: await read("/access/users"),
            roles: readFileSync(labPaths(folder()).acl, "utf8"),
            guest: await portrait("pve2", 8202),
          };
        };
        const before = await neighbours();
        assert.ok(before.members.includes(8202));
        await goesUp();
        assert.equal(await urnOfContainer(), undefined);
        assert.deepEqual(await neighbours(), before);
        await removeContainer("pve2", 8202);
        inManifest(true);
        await goesUp();
      });

      it("are left alone, and forgotten with the command that the error names", async () => {
        await removeContainer("pve1", VMID);
        await makeContainer("pve1", VMID, "precious", await address(201));
        const guest = await portrait("pve1", VMID);
        const said = await isKept();
        assert.match(said, /there is container 8119 \(precious\) on node pve1 now/);
        const [, urn] = /`pulumi state delete --stack dev '([^']+)'`/.exec(said) ?? [];
        const forgotten = await lab().pulumi(
          ...["state", "delete", "--stack", "dev", urn ?? assert.fail(said), "--yes"],
        );
        assert.equal(forgotten.status, 0, forgotten.stderr);
        await goesUp();
        assert.equal(await urnOfContainer(), undefined);
        assert.deepEqual(await portrait("pve1", VMID), guest);
        await removeContainer("pve1", VMID);
      });
    });
  });
}
