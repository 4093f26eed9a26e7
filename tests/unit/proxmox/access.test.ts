import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { excess, holds, lacking, type Permissions } from "../../../components/proxmox/permissions";
import { commandsFor, grantsFor, privileges, roles } from "../../../components/proxmox/privileges";
import { TOKEN } from "./fakeProxmox";
import { grantedBy, places } from "./grants";

const grants = grantsFor(places);
const granted = grantedBy(grants);

/** What is too much, as a warning says it. */
const tooMuch = (more: Permissions, pooled: readonly number[] = []) =>
  excess({ ...granted, ...more }, grants, pooled).map(
    ({ path, privileges: names }) => `${names.join(" ")} on ${path}`,
  );

describe("the API token's privileges", () => {
  it("suffice and are not too many as the README gives them", () => {
    assert.deepEqual(lacking(granted, grants), []);
    assert.deepEqual(tooMuch({}), []);
  });

  it("are each needed somewhere", () => {
    const needed = new Set(grants.flatMap(({ needs }) => needs));
    assert.deepEqual([...needed].sort(), [...privileges].sort());
    for (const privilege of privileges) {
      const without = Object.fromEntries(
        Object.entries(granted).map(([path, held]) => {
          const { [privilege]: _, ...others } = held;
          return [path, others];
        }),
      );
      // A storage of templates may also be read by those who may write to it.
      const expected = lacking(without, grants).flatMap(({ needs }) => needs);
      assert.deepEqual([...new Set(expected)], [privilege]);
    }
  });

  it("may come from a place above, if they go on below", () => {
    const everything = Object.fromEntries(privileges.map((each) => [each, 1]));
    assert.deepEqual(lacking({ "/": everything }, grants), []);
    const here = Object.fromEntries(privileges.map((each) => [each, 0]));
    assert.deepEqual(
      lacking({ "/": here }, grants).map(({ path }) => path),
      grants.map(({ path }) => path).filter((path) => path !== "/"),
    );
    assert.equal(holds({ "/": { "VM.Audit": 1 }, "/vms": {} }, "/vms/7", "VM.Audit"), false);
  });

  it("are too many on the whole tree, on other places, and where they go further than needed", () => {
    const everything = Object.fromEntries(privileges.map((each) => [each, 1]));
    const [all, ...others] = excess({ "/": everything, "/nodes": everything }, grants, []);
    assert.deepEqual(all, { path: "/", privileges: [...privileges].sort() });
    assert.deepEqual(others, []);
    assert.deepEqual(tooMuch({ "/": { "Sys.Audit": 1 }, "/nodes": { "Sys.Audit": 1 } }), [
      "Sys.Audit on /",
    ]);
    assert.deepEqual(tooMuch({ "/pool/media": { "VM.PowerMgmt": 1 } }), [
      "VM.PowerMgmt on /pool/media",
    ]);
    assert.deepEqual(tooMuch({ "/storage/local": { "Datastore.Allocate": 1 } }), [
      "Datastore.Allocate on /storage/local",
    ]);
    assert.deepEqual(tooMuch({ "/vms/120": { "VM.Audit": 1, "VM.Allocate": 1 } }), [
      "VM.Allocate on /vms/120",
    ]);
  });

  it("on guests of the pool are those of the pool", () => {
    const manages = Object.fromEntries(roles.NixMox.map((each) => [each, 0]));
    const guest = { "/vms/7015": { ...manages, "VM.Audit": 1 } };
    assert.deepEqual(tooMuch(guest, [7015]), []);
    assert.equal(tooMuch(guest).length, 1);
  });

  it("are given by commands, to the token and to its user", () => {
    const [id] = TOKEN.split("=");
    const commands = commandsFor(grants, id!);
    assert.equal(
      commands[0],
      "pveum acl modify /pool/nixmox --users nixmox@pve --tokens 'nixmox@pve!test' --roles NixMox",
    );
    assert.match(commands.at(-1)!, /^pveum acl modify \/ .* --roles NixMoxAudit --propagate 0$/);
  });
});
