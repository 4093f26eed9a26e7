import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { privileges } from "../../../components/proxmox/privileges";
import { labPaths } from "../../../lab/paths";
import { ADMINISTRATOR, writeRole } from "../../../lab/pve/role";
import { type Answer, send } from "./client";
import type { TestLab } from "./testLab";

const CT = "/nodes/pve1/lxc/230";

/** For each privilege that NixMox asks for: what Proxmox VE refuses without it, and its words. */
const refusals: Record<
  (typeof privileges)[number],
  [ask: (lab: TestLab) => Promise<Answer>, what: string]
> = {
  "VM.Allocate": [create, "/vms/239, VM.Allocate"],
  "VM.Audit": [(lab) => send(lab, "GET", `${CT}/config`), "/vms/230, VM.Audit"],
  "VM.Config.CPU": [(lab) => change(lab, { cores: "1" }), "/vms/230, VM.Config.CPU"],
  "VM.Config.Disk": [create, "/vms/239, VM.Config.Disk"],
  "VM.Config.Memory": [(lab) => change(lab, { swap: "64" }), "/vms/230, VM.Config.Memory"],
  "VM.Config.Network": [
    (lab) => change(lab, { searchdomain: "lan" }),
    "/vms/230, VM.Config.Network",
  ],
  "VM.Config.Options": [(lab) => change(lab, { onboot: "0" }), "/vms/230, VM.Config.Options"],
  "VM.PowerMgmt": [(lab) => send(lab, "POST", `${CT}/status/start`), "/vms/230, VM.PowerMgmt"],
  "Datastore.AllocateSpace": [create, "/storage/local-lvm, Datastore.AllocateSpace"],
  "SDN.Use": [create, "/sdn/zones/localnetwork/vmbr0, SDN.Use"],
};

function create(lab: TestLab): Promise<Answer> {
  // An id that is taken would be refused for another reason.
  return send(lab, "POST", "/nodes/pve1/lxc", lab.container(239));
}

function change(lab: TestLab, params: Record<string, string>): Promise<Answer> {
  return send(lab, "PUT", `${CT}/config`, params);
}

/** What a token may do, by its role. Needs container 230 on pve1, running. */
export function describePrivileges(lab: () => TestLab): void {
  describe("asks for privileges", () => {
    const withRole = async <T>(role: readonly string[], run: () => Promise<T>): Promise<T> => {
      const file = labPaths(lab().dir).role;
      writeRole(file, role);
      try {
        return await run();
      } finally {
        writeRole(file, ADMINISTRATOR);
      }
    };

    for (const privilege of privileges) {
      it(`${privilege}: refuses a caller without it`, async () => {
        const [ask, what] = refusals[privilege];
        const others = privileges.filter((each) => each !== privilege);
        const { status, reason } = await withRole(others, () => ask(lab()));
        assert.equal(reason, `Permission check failed (${what})`);
        assert.equal(status, 403);
      });
    }

    it("and hides containers and storages from a caller who has none", async () => {
      await withRole([], async () => {
        for (const path of ["/cluster/resources?type=vm", "/nodes/pve1/lxc", "/storage"]) {
          assert.deepEqual((await send(lab(), "GET", path)).data, [], path);
        }
        assert.deepEqual((await send(lab(), "GET", "/access/permissions")).data, {});
      });
    });

    it("and tells what a token may do", async () => {
      const { data } = await withRole(privileges, () => send(lab(), "GET", "/access/permissions"));
      const vms = (data as Record<string, object>)["/vms"];
      assert.deepEqual(Object.keys(vms ?? {}).sort(), [...privileges].sort());
    });
  });
}
