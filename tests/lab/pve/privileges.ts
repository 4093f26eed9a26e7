import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Privilege, privileges } from "../../../components/proxmox/privileges";
import { ACL, POOL } from "../../../lab/identity";
import { labPaths } from "../../../lab/paths";
import { type AclEntry, EVERYTHING, writeAcl } from "../../../lab/pve/acl";
import { type Answer, ask, send, work } from "./client";
import { TEMPLATE, type TestLab } from "./testLab";

const CT = "/nodes/pve1/lxc/238";

/** For each privilege that NixMox asks for: what Proxmox VE refuses without it, and its words. */
const refusals: Record<Privilege, [ask: (lab: TestLab) => Promise<Answer>, what: string]> = {
  "VM.Allocate": [create, "/vms/239, VM.Allocate"],
  "VM.Audit": [(lab) => send(lab, "GET", `${CT}/config`), "/vms/238, VM.Audit"],
  "VM.Config.CPU": [(lab) => change(lab, { cores: "1" }), "/vms/238, VM.Config.CPU"],
  "VM.Config.Disk": [create, "/vms/239, VM.Config.Disk"],
  "VM.Config.Memory": [(lab) => change(lab, { swap: "64" }), "/vms/238, VM.Config.Memory"],
  "VM.Config.Network": [
    (lab) => send(lab, "PUT", `${CT}/firewall/options`, { enable: "1" }),
    "/vms/238, VM.Config.Network",
  ],
  "VM.Config.Options": [(lab) => change(lab, { onboot: "0" }), "/vms/238, VM.Config.Options"],
  "VM.PowerMgmt": [(lab) => send(lab, "POST", `${CT}/status/start`), "/vms/238, VM.PowerMgmt"],
  "Datastore.AllocateSpace": [create, "/storage/local-lvm, Datastore.AllocateSpace"],
  "Datastore.Audit": [create, "/storage/local, Datastore.AllocateSpace|Datastore.Audit"],
  "SDN.Use": [create, "/sdn/zones/localnetwork/vmbr0, SDN.Use"],
  "Sys.Audit": [(lab) => send(lab, "GET", "/cluster/firewall/options"), "/, Sys.Audit"],
};

function create(lab: TestLab): Promise<Answer> {
  // An id that is taken would be refused for another reason.
  return send(lab, "POST", "/nodes/pve1/lxc", { ...lab.container(239), pool: POOL });
}

function change(lab: TestLab, params: Record<string, string>): Promise<Answer> {
  return send(lab, "PUT", `${CT}/config`, params);
}

/** What a token may do, by its roles. Needs container 230 on pve1, which is in no pool. */
export function describePrivileges(lab: () => TestLab): void {
  describe("asks for privileges", () => {
    const withAcl = async <T>(
      token: readonly AclEntry[],
      run: () => Promise<T>,
      user = token,
    ): Promise<T> => {
      const file = labPaths(lab().dir).acl;
      writeAcl(file, token, user);
      try {
        return await run();
      } finally {
        writeAcl(file, EVERYTHING);
      }
    };
    const without = (privilege: string) =>
      ACL.map((entry) => ({
        ...entry,
        privileges: entry.privileges.filter((each) => each !== privilege),
      }));
    const isRefused = ({ status, reason }: Answer, what: string) => {
      assert.equal(reason, `Permission check failed (${what})`);
      assert.equal(status, 403);
    };

    before(() =>
      withAcl(ACL, () =>
        work(lab(), "POST", "/nodes/pve1/lxc", {
          ...lab().container(238, { start: "0" }),
          pool: POOL,
        }),
      ),
    );

    after(() => withAcl(ACL, () => work(lab(), "DELETE", CT)));

    for (const privilege of privileges) {
      it(`${privilege}: refuses a caller without it`, async () => {
        const [attempt, what] = refusals[privilege];
        isRefused(await withAcl(without(privilege), () => attempt(lab())), what);
        // Neither the token's roles nor its user's are enough alone.
        isRefused(await withAcl(ACL, () => attempt(lab()), without(privilege)), what);
      });
    }

    it("and asks for no others, for a container in the pool", async () => {
      await withAcl(ACL, async () => {
        await ask(lab(), "PUT", `${CT}/config`, { cores: "2", hostname: "other", onboot: "0" });
        await ask(lab(), "PUT", `${CT}/firewall/options`, { enable: "1" });
        await work(lab(), "POST", `${CT}/status/start`);
        await work(lab(), "POST", `${CT}/status/stop`);
      });
    });

    it("and refuses everything but a look where the roles do not apply", async () => {
      await withAcl(ACL, async () => {
        const other = "/nodes/pve1/lxc/230";
        const elsewhere = { ...lab().container(239), pool: POOL };
        assert.equal((await send(lab(), "GET", `${other}/config`)).status, 200);
        for (const [answer, what] of [
          [await send(lab(), "DELETE", other), "/vms/230, VM.Allocate"],
          [await send(lab(), "PUT", `${other}/config`, { onboot: "0" }), /^\/vms\/230, VM.Config/],
          [await send(lab(), "POST", `${other}/status/stop`), "/vms/230, VM.PowerMgmt"],
          [
            await send(lab(), "PUT", `${other}/firewall/options`, { enable: "0" }),
            "/vms/230, VM.Config.Network",
          ],
          [
            await send(lab(), "POST", "/nodes/pve1/lxc", lab().container(239)),
            "/vms/239, VM.Allocate",
          ],
          [
            await send(lab(), "POST", "/nodes/pve1/lxc", { ...elsewhere, rootfs: "local:1" }),
            "/storage/local, Datastore.AllocateSpace",
          ],
          [await send(lab(), "GET", "/nodes/pve1/status"), "/nodes/pve1, Sys.Audit"],
          [await send(lab(), "PUT", "/cluster/firewall/options", { enable: "0" }), "/, Sys.Modify"],
          [await send(lab(), "DELETE", "/pools", { poolid: POOL }), `/pool/${POOL}, Pool.Allocate`],
          [await send(lab(), "POST", "/pools", { poolid: "more" }), "/pool/more, Pool.Allocate"],
        ] as const) {
          assert.equal(answer.status, 403, answer.reason);
          if (typeof what === "string") isRefused(answer, what);
        }
        const { data } = await send(lab(), "GET", `/nodes/pve1/storage/local/content`);
        assert.deepEqual((data as { volid: string }[])[0]?.volid, TEMPLATE);
      });
    });

    it("and hides containers and storages from a caller who has none", async () => {
      await withAcl([], async () => {
        for (const path of ["/cluster/resources?type=vm", "/nodes/pve1/lxc", "/storage"]) {
          assert.deepEqual((await send(lab(), "GET", path)).data, [], path);
        }
        assert.deepEqual((await send(lab(), "GET", "/access/permissions")).data, {});
      });
    });

    it("and tells what a token may do where", async () => {
      const { data } = await withAcl(ACL, () => send(lab(), "GET", "/access/permissions"));
      const held = data as Record<string, Record<string, number>>;
      assert.deepEqual(held["/"], { "Datastore.Audit": 0, "Sys.Audit": 0, "VM.Audit": 0 });
      assert.equal(held["/vms"]?.["VM.Audit"], 1);
      assert.equal(held["/vms"]?.["VM.Allocate"], undefined);
      assert.equal(held["/vms/238"]?.["VM.Allocate"], 0);
      assert.equal(held[`/pool/${POOL}`]?.["VM.Allocate"], 1);
      assert.equal(held["/nodes"], undefined);
    });
  });
}
