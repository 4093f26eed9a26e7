import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { ProxmoxAccess } from "../../../components/proxmox/client";
import { preflight, type WantedGuest } from "../../../components/proxmox/preflight";
import { ACL, makeIdentity } from "../../../lab/identity";
import { labPaths } from "../../../lab/paths";
import { Cluster } from "../../../lab/pve/cluster";
import { writeAcl } from "../../../lab/pve/acl";
import { createApi } from "../../../lab/pve/server";
import { Sessions } from "../../../lab/pve/session";
import { stackPlaces as places } from "./grants";

const stack = { name: "dev", id: "3f9a1c0e" };

/** The lab's API, which checks requests against Proxmox's schema, with virtual machines alone. */
describe("the preflight at the lab's Proxmox VE", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-preflight-"));
  const paths = labPaths(folder);
  let server: Server;
  let access: ProxmoxAccess;
  const { log } = console;

  const wanted = (change: Partial<WantedGuest> = {}): WantedGuest => ({
    service: "notes",
    formerly: [],
    node: "pve1",
    vmid: 7017,
    hostname: "notes",
    address: "192.168.99.17",
    cidr: "192.168.99.0/24",
    bridge: "vmbr0",
    vlan: undefined,
    datastores: ["local-lvm"],
    ...change,
  });

  const putMachine = (node: string, vmid: number, config: string) => {
    mkdirSync(join(paths.nodes, node, "qemu-server"), { recursive: true });
    writeFileSync(join(paths.nodes, node, "qemu-server", `${vmid}.conf`), config);
  };

  before(async () => {
    // The daemon's log is standard output.
    console.log = () => undefined;
    await makeIdentity(paths);
    const info = {
      name: "test",
      endpoint: "",
      apiTokenFile: paths.token,
      network: { cidr: "192.168.99.0/24", gateway: "192.168.99.1" },
      bridge: "none",
      nodes: ["pve1", "pve2"],
      port: 0,
      template: { base: "", tools: "" },
    };
    server = createApi(new Cluster(paths, info, new Sessions(paths)));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    const token = readFileSync(paths.token, "utf8").trim();
    access = { endpoint: `https://127.0.0.1:${port}/`, insecure: true, token };
    putMachine("pve2", 900, "#Films\nname: Plex\ntags: media\nipconfig0: ip=192.168.99.40/24\n");
  });

  after(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    rmSync(folder, { recursive: true });
    console.log = log;
  });

  it("passes with the role that the README gives to the token", async () => {
    await preflight(access, stack, [wanted()], places);
  });

  it("finds a virtual machine by its id, its name and its address", async () => {
    for (const [change, key] of [
      [{ vmid: 900 }, "vmid 900"],
      [{ hostname: "plex" }, "hostname plex"],
      [{ address: "192.168.99.40" }, "ip 192.168.99.40"],
    ] satisfies [Partial<WantedGuest>, string][]) {
      const problem = `service notes has ${key} in the manifest, and so has VM 900 (Plex) on node pve2`;
      await assert.rejects(preflight(access, stack, [wanted(change)], places), (error: Error) =>
        error.message.includes(problem),
      );
    }
  });

  it("is refused what it needs by a role that lacks VM.Audit, and still finds the id", async () => {
    writeAcl(
      paths.acl,
      ACL.filter(({ path }) => path !== "/vms"),
    );
    await assert.rejects(
      preflight(access, stack, [wanted({ vmid: 900 })], places),
      /lacks the privileges VM\.Audit.*vmid 900 .* a guest that the API token may not see/s,
    );
    writeAcl(paths.acl, ACL);
  });
});
