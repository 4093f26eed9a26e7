import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { ask, send, tokenOf } from "./client";
import type { TestLab } from "./testLab";

const CONFIG = "/nodes/pve1/lxc/230/config";

/** What the API answers where Proxmox would refuse, too. Needs container 230 on pve1, running. */
export function describeRefusals(lab: () => TestLab): void {
  describe("refuses like Proxmox", () => {
    it("parameters of the wrong type", async () => {
      const { status, reason, errors } = await send(lab(), "PUT", CONFIG, {
        memory: "x",
        cores: "0",
        cmode: "loud",
        hostname: "not a name",
        net1: "bridge=vmbr0,tag=5000",
        bogus: "1",
      });
      assert.equal(status, 400);
      assert.equal(reason, "Parameter verification failed.");
      assert.deepEqual(errors, {
        memory: "type check ('integer') failed - got 'x'",
        cores: "value must have a minimum value of 1",
        cmode: "value 'loud' does not have a value in the enumeration 'shell, console, tty'",
        hostname: "invalid format - value does not look like a valid DNS name\n",
        net1:
          "invalid format - format error\n" +
          "net1.name: property is missing and it is not optional\n" +
          "net1.tag: value must have a maximum value of 4094\n",
        bogus:
          "property is not defined in schema and the schema does not allow additional properties",
      });
    });

    it("a creation without required parameters", async () => {
      const { status, errors } = await send(lab(), "POST", "/nodes/pve1/lxc", {});
      assert.equal(status, 400);
      const missing = "property is missing and it is not optional";
      assert.deepEqual(errors, { ostemplate: missing, vmid: missing });
    });

    it("a number that is taken, on whichever node", async () => {
      const answer = await send(lab(), "POST", "/nodes/pve2/lxc", lab().container(230));
      assert.equal(answer.status, 500);
      assert.equal(answer.reason, "CT 230 already exists on node 'pve1'");
      const next = await send(lab(), "GET", "/cluster/nextid", { vmid: "230" });
      assert.deepEqual(next.errors, { vmid: "VM 230 already exists" });
    });

    it("a template, a storage and a bridge that do not exist", async () => {
      const create = (more: Record<string, string>) =>
        send(lab(), "POST", "/nodes/pve1/lxc", lab().container(240, more));
      const template = await create({ ostemplate: "local:vztmpl/none.tar.zst" });
      assert.equal(template.reason, "volume 'local:vztmpl/none.tar.zst' does not exist");
      const storage = await create({ rootfs: "local:2" });
      assert.equal(
        storage.errors.storage,
        "storage 'local' does not support container directories",
      );
      const bridge = await create({ net0: "name=eth0,bridge=vmbr7" });
      assert.equal(bridge.errors.net0, "bridge 'vmbr7' does not exist");
    });

    it("a container, a node and a method that do not exist", async () => {
      const reason = async (path: string) => (await send(lab(), "GET", path)).reason;
      assert.equal(
        await reason("/nodes/pve1/lxc/999/config"),
        "Configuration file 'nodes/pve1/lxc/999.conf' does not exist",
      );
      assert.match(await reason("/nodes/pve9/lxc"), /^hostname lookup 'pve9' failed/);
      const { status } = await send(lab(), "GET", "/nodes/pve1/qemu");
      assert.equal(status, 501);
    });

    it("feature flags other than nesting, from a token", async () => {
      const { status, reason } = await send(lab(), "PUT", CONFIG, { features: "keyctl=1" });
      assert.equal(status, 403);
      const why = "changing feature flags (except nesting) is only allowed for root@pam";
      assert.equal(reason, `Permission check failed (${why})`);
      await ask(lab(), "PUT", CONFIG, { features: "nesting=1" });
    });

    it("bind mounts, from a token", async () => {
      const { status, reason } = await send(lab(), "PUT", CONFIG, { mp0: "/etc,mp=/mnt" });
      assert.equal(status, 403);
      assert.match(reason, /mount point type bind is only allowed for root@pam/);
    });

    it("to remove or to start a container that runs", async () => {
      const removed = await send(lab(), "DELETE", "/nodes/pve1/lxc/230");
      assert.equal(removed.reason, "unable to destroy CT 230 - container is running");
      const again = await send(lab(), "POST", "/nodes/pve1/lxc/230/status/start");
      assert.equal(again.reason, "CT 230 already running");
    });

    it("to shrink a disk, and to change what others have changed", async () => {
      const size = { disk: "rootfs", size: "1G" };
      const shrunk = await send(lab(), "PUT", "/nodes/pve1/lxc/230/resize", size);
      assert.equal(shrunk.reason, "unable to shrink disk size");
      const stale = await send(lab(), "PUT", CONFIG, { cores: "1", digest: "0".repeat(40) });
      assert.match(stale.reason, /^detected modified configuration/);
    });

    it("a caller without a token, or with a wrong or unknown one", async () => {
      const answer = async (headers: Record<string, string>) => {
        const { status, reason } = await send(lab(), "GET", "/version", {}, headers);
        return `${status} ${reason}`;
      };
      const token = (text: string) => answer({ authorization: `PVEAPIToken=${text}` });
      assert.equal(await answer({}), "401 No ticket");
      assert.equal(await token("nixmox@pve!lab=wrong"), "401 invalid token value!");
      const other = "401 no such token 'other' for user 'nixmox@pve'";
      assert.equal(await token("nixmox@pve!other=x"), other);
      assert.equal(await token("eve@pve!lab=x"), "401 no such user ('eve@pve')");
    });

    it("a wrong password, and a ticket without its CSRF token", async () => {
      const password = readFileSync(join(lab().dir, "root-password"), "utf8").trim();
      const login = (secret: string) =>
        send(lab(), "POST", "/access/ticket", { username: "root@pam", password: secret }, {});
      const wrong = await login("wrong");
      assert.equal(`${wrong.status} ${wrong.reason}`, "401 authentication failure");
      const { ticket, CSRFPreventionToken } = (await login(password)).data as Record<
        string,
        string
      >;
      const cookie = { cookie: `PVEAuthCookie=${encodeURIComponent(ticket!)}` };
      assert.equal((await send(lab(), "GET", CONFIG, {}, cookie)).status, 200);
      const change = (headers: Record<string, string>) =>
        send(lab(), "PUT", CONFIG, { cores: "1" }, headers);
      const forged = await change(cookie);
      assert.equal(
        `${forged.status} ${forged.reason}`,
        "401 Permission denied - invalid csrf token",
      );
      const good = await change({ ...cookie, csrfpreventiontoken: CSRFPreventionToken! });
      assert.equal(good.status, 200);
      const byToken = await send(lab(), "POST", "/access/ticket", {}, tokenOf(lab()));
      assert.equal(byToken.status, 400);
    });
  });
}
