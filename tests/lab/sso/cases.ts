import { afterEach, describe } from "mocha";
import { describeApplications } from "./cases/applications";
import { describeClients } from "./cases/clients";
import { describeGuard } from "./cases/guard";
import { describeSessions } from "./cases/sessions";
import { describeSignIn } from "./cases/signIn";
import { describeTokens } from "./cases/tokens";
import type { DeployedSignOn } from "./lab";

/** What people and attackers do in a browser: the same for each provider. */
export function describeCases(lab: () => DeployedSignOn): void {
  afterEach(() => lab().closeVisitors());

  describe("signing in", () => describeSignIn(lab));
  describe("a session", () => describeSessions(lab));
  describe("a guarded site", () => describeGuard(lab));
  describe("a client", () => describeClients(lab));
  describe("tokens", () => describeTokens(lab));
  describe("applications", () => describeApplications(lab));
}
