import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { DeployedSignOn } from "./lab";
import { OidcClient } from "./oidc";
import { objectOf } from "./objects";
import { people } from "./signOnLab";

/** In the place of a program that no registry of packages has: it needs its client's secret, and answers. */
const vaultwarden = `{ lib, pkgs, ... }:
let
  program =
    pkgs.writeShellScriptBin "vaultwarden" ''
      set -eu
      test "$SSO_ENABLED $SSO_ONLY $SIGNUPS_ALLOWED" = "true true false"
      test -s "$SSO_CLIENT_SECRET_FILE"
      export HOME=/tmp
      exec \${lib.getExe pkgs.caddy} respond --listen "$ROCKET_ADDRESS:$ROCKET_PORT" vault
    ''
    // {
      version = "1.36.0";
      override = _: program;
    };
in
{
  services.vaultwarden = {
    package = program;
    webVaultPackage = pkgs.caddy;
  };
}
`;

const redirect = "https://vaultwarden.nixmox.lan/oidc/callback";
const site = "https://vaultwarden.nixmox.lan/";

interface Provider {
  readonly pk: number;
  readonly name: string;
  readonly client_id: string;
  readonly redirect_uris: readonly { readonly matching_mode: string; readonly url: string }[];
  readonly property_mappings: readonly string[];
}

/** The manifest of the system that this one replaces, as it was printed, with its two other services. */
export function describeSeed(lab: () => DeployedSignOn): void {
  describe("the first manifest of all", () => {
    before(() => lab().deploySeed({ vaultwarden }));

    it("has a client for Vaultwarden, with its redirect URI and its scopes", async () => {
      const listed = await objectOf<{ results: Provider[] }>(
        lab(),
        "providers/oauth2/?page_size=500",
      );
      const { client_id, scopes } = lab().client("vaultwarden");
      const own = listed.results.filter((each) => each.client_id === client_id);
      assert.equal(own.length, 1);
      assert.deepEqual(
        own[0]!.redirect_uris.map(({ url }) => url),
        [redirect],
      );
      assert.equal(own[0]!.redirect_uris[0]!.matching_mode, "strict");
      const mappings = await objectOf<{ results: { pk: string; scope_name: string }[] }>(
        lab(),
        "propertymappings/provider/scope/?page_size=500",
      );
      const names = mappings.results
        .filter(({ pk }) => own[0]!.property_mappings.includes(pk))
        .map(({ scope_name }) => scope_name);
      assert.deepEqual(
        scopes.filter((scope) => !names.includes(scope)),
        [],
      );
      assert.deepEqual([...scopes].sort(), ["email", "openid", "profile"]);
    });

    it("signs users in to it, at its guard and by its client", async () => {
      const visitor = await lab().visitor();
      await visitor.signIn(site, people.anna);
      await visitor.arrives(site);
      assert.equal(await visitor.text(), "vault");
      const secret = lab().secret("vaultwarden", "client-secret");
      const client = new OidcClient(lab(), lab().client("vaultwarden"), secret);
      const code = await client.code(visitor, people.anna);
      const claims = await client.claims((await client.tokens(code)).id_token);
      assert.equal(claims.preferred_username, people.anna);
      assert.ok(Array.isArray(claims.groups));
      // Vaultwarden takes nobody else.
      assert.deepEqual([claims.email, claims.email_verified], ["anna@nixmox.lan", true]);
    });

    it("lets nobody in without", async () => {
      const { status, body } = await lab().wire.ask(site);
      assert.notEqual(status, 200);
      assert.doesNotMatch(body, /vault$/);
      assert.equal((await lab().wire.ask(`${site}alive`)).status, 200);
    });
  });
}
