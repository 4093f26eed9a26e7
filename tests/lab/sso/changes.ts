import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { before, describe, it } from "mocha";
import type { DeployedSignOn } from "./lab";
import { OidcClient } from "./oidc";
import { type Objects, objectOf, objectsOf, patch } from "./objects";
import { people, sites } from "./signOnLab";
import type { Visitor } from "./visitor";

const second = `https://${sites.miniflux}/oauth2/oidc/second`;
const secretPage = `https://${sites.ops}/secret`;

/** How long a guard may believe what it has seen: a minute, and what a check takes. */
const validity = 75_000;

/** What a changed manifest does to the provider's objects, and to those who are signed in. */
export function describeChanges(lab: () => DeployedSignOn): void {
  describe("a changed manifest", () => {
    let earlier: Objects;
    let later: Objects;
    let secret: string;
    let carl: Visitor;
    let removedAt: number;

    before(async () => {
      await shortenValidity(lab());
      carl = await lab().visitor();
      await carl.signIn(secretPage, people.carl);
      await carl.arrives(secretPage);
      earlier = await objectsOf(lab());
      secret = lab().secret("miniflux", "client-secret");
      const { kind } = lab().pages;
      await lab().deploy(kind, { carlLeft: true, redirect: second, removed: ["spa"] });
      removedAt = Date.now();
      later = await objectsOf(lab());
    });

    it("without a service has none of its objects, and all others", () => {
      const gone = Object.entries(earlier).filter(([id]) => !(id in later));
      assert.ok(gone.length > 0, "nothing was removed");
      assert.deepEqual(
        gone.filter(([, name]) => !isOf("spa", name)),
        [],
        "something else was removed",
      );
      const left = Object.entries(later).filter(([, name]) => isOf("spa", name));
      assert.deepEqual(left, []);
      const added = Object.keys(later).filter((id) => !(id in earlier));
      assert.deepEqual(added, []);
    });

    it("with another redirect URI updates the client, and keeps its secret", async () => {
      assert.equal(lab().secret("miniflux", "client-secret"), secret);
      const client = new OidcClient(lab(), lab().client("miniflux"), secret);
      for (const redirect_uri of client.spec.redirect_uris) {
        const visitor = await lab().visitor();
        const landed = await client.authorize(visitor, people.anna, { redirect_uri });
        const code = landed.searchParams.get("code") ?? assert.fail("no code");
        assert.equal((await client.exchange(code, { redirect_uri })).status, 200);
      }
      assert.deepEqual(client.spec.redirect_uris[1], second);
    });

    it("takes access from a user who has left the group, within the validity of a sign-in", async () => {
      const end = removedAt + validity;
      const isIn = async () => {
        const cookie = await carl.cookie(secretPage);
        return (await lab().wire.ask(secretPage, { headers: [cookie] })).status === 200;
      };
      while ((await isIn()) && Date.now() < end) await sleep(1000);
      const reached = await lab().upstream.during(async () => {
        await carl.visit(secretPage);
      });
      assert.deepEqual(reached, []);
      await carl.reads(lab().pages.denied);
    });

    it("lets that user in nowhere as an operator, and still where readers are", async () => {
      const visitor = await lab().visitor();
      await visitor.signIn(`https://${sites.prometheus}/classic/graph`, people.carl);
      await visitor.reads(lab().pages.denied);
      await visitor.visit(`https://${sites.echo}/`);
      await visitor.arrives(`https://${sites.echo}/`);
    });
  });
}

/** Whether an object is of a service, by its name. */
function isOf(service: string, name: string): boolean {
  return name.split(/[^a-z]+/).includes(service);
}

/** Authentik's guard believes a sign-in for minutes, which is long for a test. */
async function shortenValidity(lab: DeployedSignOn): Promise<void> {
  if (lab.pages.kind !== "authentik") return;
  const listed = await objectOf<{ results: { pk: number; external_host: string }[] }>(
    lab,
    "providers/proxy/?page_size=500",
  );
  const own = listed.results.find(({ external_host }) => external_host.includes(sites.ops));
  assert.ok(own, "there is no provider for the guard");
  await patch(lab, `providers/proxy/${own.pk}/`, { access_token_validity: "seconds=20" });
}
