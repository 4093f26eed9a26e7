import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { invitationScript, providerFor, readInvitation } from "../../../cli/invite";
import { secretsOf } from "../../../cli/secrets/inventory";
import { rotate } from "../../../cli/secrets/rotate";
import { load } from "../fixtures";
import { type Kind, kinds, manifestWith, notes } from "../sso/manifest";

const manifestOf = (kind: Kind) => load(manifestWith(kind, notes)).manifest;

for (const kind of kinds) {
  describe(`commands where ${kind} signs people in`, () => {
    const secrets = () =>
      secretsOf({ manifest: manifestOf(kind), state: { deployment: {} } }, new Set());

    it("invite users of the manifest, and no others", () => {
      const { service, signOn } = providerFor(manifestOf(kind), "bob");
      const script = invitationScript(service, signOn, "bob");
      assert.match(script, /^set -- .*\/var\/lib\/nixmox\/secrets\/bootstrap-(token|secret) /);
      assert.match(script.split("\n")[0]!, / bob( |$)/);
      assert.throws(
        () => providerFor(manifestOf(kind), "bobb"),
        /^Error: Unable to invite bobb: the manifest has no such user\. Did you mean "bob"\?/,
      );
    });

    it("say what an invitation is", () => {
      const { signOn } = providerFor(manifestOf(kind), "bob");
      assert.deepEqual(
        readInvitation(signOn, "printed\n"),
        {
          authentik: { url: "printed" },
          keycloak: {
            url: "https://keycloak.nixmox.lan/realms/nixmox/account/",
            password: "printed",
          },
        }[kind],
      );
    });

    it("prove a client's secret at the provider's own address", () => {
      const { verify, applied } = secrets().find(({ id }) => id === "notes/client-secret")!;
      assert.equal(applied, "API, restart");
      const address = {
        authentik: "https://authentik.nixmox.lan/application/o/token/",
        keycloak: "https://keycloak.nixmox.lan/realms/nixmox/protocol/openid-connect/token",
      }[kind];
      const words = [address, "notes", "https://notes.nixmox.lan/oauth2/callback"];
      assert.equal(verify?.split("\n")[0], `set -- ${words.join(" ")} /etc/nixmox/ca.crt`);
      assert.match(verify, /"client_id=\$2" --data-urlencode client_secret@-/);
    });

    it("list first passwords, and refuse to rotate them", async () => {
      const id = `${kind}/user-anna`;
      const found = secrets().filter(({ user }) => user !== undefined);
      assert.deepEqual(
        found.map((each) => [each.id, each.user, each.path]),
        [[id, "anna", undefined]],
      );
      const stack = { secrets: secrets(), option: "--stack dev" } as never;
      await assert.rejects(
        rotate(stack, id, () => assert.fail()),
        /is the first password of anna.*`npm run invite -- anna --stack dev`/,
      );
    });
  });
}
