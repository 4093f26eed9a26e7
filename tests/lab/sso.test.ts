import assert from "node:assert/strict";
import { after, before, describe } from "mocha";
import { describeCases } from "./sso/cases";
import { describeChanges } from "./sso/changes";
import { DeployedSignOn } from "./sso/lab";
import { describePeople } from "./sso/people";
import { describeSecrecy } from "./sso/secrecy";
import { describeSeed } from "./sso/seed";
import { describeSwap } from "./sso/swap";

/** One homelab: with Authentik, then with Keycloak in its place, then with the seed's manifest. */
describe("single sign-on", function () {
  this.timeout("15m");
  let deployed: DeployedSignOn | undefined;
  const lab = () => deployed ?? assert.fail("the homelab did not come up");

  before(async () => {
    deployed = await DeployedSignOn.create();
  });
  after(() => deployed?.remove());

  describe("with Authentik", () => {
    before(() => lab().deploy("authentik"));
    describeCases(lab);
    describePeople(lab);
    describeSecrecy(lab);
    describeChanges(lab);
  });

  describe("with Keycloak", () => {
    describeSwap(lab);
    describeCases(lab);
    describePeople(lab);
    describeSecrecy(lab);
    describeChanges(lab);
  });

  describe("with Authentik again", () => describeSeed(lab));
});
