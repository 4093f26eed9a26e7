import assert from "node:assert/strict";
import { it } from "mocha";
import { type Claims, OidcClient } from "../oidc";
import { people, type SignOnLab } from "../signOnLab";

/** What tokens say: what the manifest says, and nothing of anyone else. */
export function describeTokens(lab: () => SignOnLab): void {
  const clientOf = (service: string) =>
    new OidcClient(
      lab(),
      lab().client(service),
      service === "spa" ? undefined : lab().secret(service, "client-secret"),
    );
  const groupsOf = (claims: Claims, claim: string) =>
    (claims[claim] as string[]).map((each) => each.replace(/^\//, "")).sort();

  for (const service of ["miniflux", "forgejo", "spa"]) {
    it(`of ${service} are signed, for it alone, and have the claims as written`, async () => {
      const client = clientOf(service);
      const code = await client.code(await lab().visitor(), people.bob);
      const { id_token, access_token, token_type } = await client.tokens(code);
      assert.equal(token_type.toLowerCase(), "bearer");
      const claims = await client.claims(id_token);
      const { issuer, client_id, username_claim, groups_claim } = client.spec;
      assert.equal((await client.discovery()).issuer, issuer);
      assert.equal(claims.iss, issuer);
      assert.deepEqual([claims.aud].flat(), [client_id]);
      assert.equal(claims.nonce, client.nonce);
      assert.ok(Number(claims.exp) > Date.now() / 1000);
      assert.ok(Number(claims.iat) <= Date.now() / 1000 + 5);
      const { userinfo_endpoint } = await client.discovery();
      const bearer = [["Authorization", `Bearer ${access_token}`]] as const;
      const info = await lab().wire.ask(userinfo_endpoint, { headers: bearer });
      assert.equal(info.status, 200, info.body);
      const told = JSON.parse(info.body) as Claims;
      assert.equal(told.sub, claims.sub);
      for (const each of [claims, told]) {
        assert.equal(each[username_claim], people.bob);
        assert.deepEqual(groupsOf(each, groups_claim), ["readers"]);
        const hasEmail = client.spec.scopes.includes("email");
        assert.equal(each.email, hasEmail ? "bob@nixmox.lan" : undefined);
        assert.equal(each.name, "Bob Example");
      }
    });
  }

  it("leave out a scope that the manifest does not give the client, also when it asks", async () => {
    for (const scope of ["openid profile", "openid profile email"]) {
      const client = clientOf("spa");
      const landed = await client.authorize(await lab().visitor(), people.bob, { scope });
      const code = landed.searchParams.get("code");
      if (code === null) {
        assert.match(landed.searchParams.get("error") ?? "", /invalid_scope/);
        assert.match(scope, /email/, "what the manifest gives it is refused");
        continue;
      }
      const claims = await client.claims((await client.tokens(code)).id_token);
      assert.equal(claims.email, undefined);
      assert.equal(claims.name, "Bob Example");
    }
  });

  it("are checked: a changed one, and one of another user, tell nothing", async () => {
    const client = clientOf("spa");
    const code = await client.code(await lab().visitor(), people.bob);
    const { id_token, access_token } = await client.tokens(code);
    const [header, payload = "", signature] = id_token.split(".");
    const text = Buffer.from(payload, "base64url").toString().replace("bob", "anna");
    const forged = [header, Buffer.from(text).toString("base64url"), signature].join(".");
    await assert.rejects(client.claims(forged), /signature is not the provider's/);
    const { userinfo_endpoint } = await client.discovery();
    for (const token of [`${access_token.slice(0, -4)}AAAA`, id_token, ""]) {
      const headers = [["Authorization", `Bearer ${token}`]] as const;
      const { status, body } = await lab().wire.ask(userinfo_endpoint, { headers });
      assert.notEqual(status, 200, body);
      assert.doesNotMatch(body, /bob@/);
    }
  });
}
