import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { DeployedSignOn } from "./lab";
import { objectOf } from "./objects";
import { people, sites } from "./signOnLab";

const echo = `https://${sites.echo}/`;

/** What the manifest says of users and groups, beyond who may open what. */
export function describePeople(lab: () => DeployedSignOn): void {
  describe("people", () => {
    it("who are invited choose a password by what npm run invite prints, which works once", async () => {
      const { status, stdout, stderr } = await lab().homelab.npm("invite", people.ian);
      assert.equal(status, 0, stderr);
      const url = /^ {2}(https:\S+)$/m.exec(stdout)?.[1] ?? assert.fail(stdout);
      const password = /with the password\n\n {2}(\S+)$/m.exec(stdout)?.[1];
      const chosen = "what Ian himself has chosen";
      const invited = await lab().visitor();
      await lab().pages.accept(invited.page, { url, user: people.ian, password }, chosen);

      const later = await lab().visitor();
      await later.visit(echo);
      await later.enter(people.ian, chosen);
      await later.arrives(echo);
      const other = await lab().visitor();
      await other.visit(password === undefined ? url : echo);
      if (password !== undefined) await other.enter(people.ian, password);
      await other.reads(lab().pages.used);
    });

    it("of a group that administers the provider do, and nobody else does", async () => {
      const of = { authentik: administratorsAtAuthentik, keycloak: administratorsAtKeycloak };
      assert.deepEqual(await of[lab().pages.kind](lab()), ["maintainers"]);
    });
  });
}

/** The manifest's groups whose members administer Authentik. */
async function administratorsAtAuthentik(lab: DeployedSignOn): Promise<string[]> {
  type Group = { readonly name: string; readonly is_superuser: boolean };
  const { results } = await objectOf<{ readonly results: readonly Group[] }>(lab, "core/groups/");
  const own = results.filter(({ name }) => !name.startsWith("authentik "));
  assert.equal(own.length, 3);
  return own.filter((group) => group.is_superuser).map(({ name }) => name);
}

/** The same at Keycloak, where they administer the realm. */
async function administratorsAtKeycloak(lab: DeployedSignOn): Promise<string[]> {
  type Group = { readonly id: string; readonly name: string };
  type Roles = { readonly clientMappings?: Record<string, { mappings: { name: string }[] }> };
  const groups = await objectOf<readonly Group[]>(lab, "groups");
  assert.equal(groups.length, 3);
  const admins: string[] = [];
  for (const { id, name } of groups) {
    const { clientMappings = {} } = await objectOf<Roles>(lab, `groups/${id}/role-mappings`);
    const roles = clientMappings["realm-management"]?.mappings ?? [];
    if (roles.some((role) => role.name === "realm-admin")) admins.push(name);
  }
  return admins;
}
