import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { after, before, describe, it } from "mocha";
import { renderScript } from "../../../../components/script";
import { defaultNames } from "../../../../components/sso/authentikDefaults";
import { textOf } from "../../../../lab/authentik/json";
import { application, defaults, person } from "./setup";
import { AUTHENTIK, Browser, startStandIn, type StandIn, TOKEN } from "./standIn";

/** The scripts that ask Authentik on its own host, each as the text that the host gets. */
describe("scripts on Authentik's host", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-authentik-scripts-"));
  const tokenFile = join(folder, "bootstrap-token");
  let standIn: StandIn;

  const run = (...rendered: Parameters<typeof renderScript>) =>
    execa("bash", ["-c", renderScript(...rendered)], {
      env: { PATH: `${folder}:${process.env.PATH}` },
      reject: false,
    });

  before(async () => {
    standIn = await startStandIn();
    writeFileSync(tokenFile, TOKEN);
    writeFileSync(join(folder, "systemctl"), `#!/bin/sh\necho "$@" >>${folder}/systemctl.log\n`);
    chmodSync(join(folder, "systemctl"), 0o755);
  });
  after(async () => {
    await standIn.close();
    rmSync(folder, { recursive: true });
  });

  it("find what the first start creates, each under the name that the deployment knows", async () => {
    const { stdout, stderr, exitCode } = await run("authentik-defaults", standIn.port, tokenFile);
    assert.equal(exitCode, 0, stderr);
    const found = new Map(stdout.split("\n").map((line) => line.split(" ") as [string, string]));
    assert.deepEqual([...found.keys()].sort(), [...defaultNames].sort());
    const expected = await defaults(standIn);
    assert.equal(found.get("authorization-flow"), expected.authorization_flow);
    assert.equal(found.get("log-out-flow"), expected.invalidation_flow);
    assert.equal(found.get("certificate"), expected.signing_key);
  });

  it("print an address at which a user chooses a password, once", async () => {
    await person(standIn, "ben");
    const invite = () => run("authentik-invite", standIn.port, tokenFile, "ben", AUTHENTIK);
    const { stdout, stderr, exitCode } = await invite();
    assert.equal(exitCode, 0, stderr);
    assert.ok(stdout.startsWith(`${AUTHENTIK}/`), stdout);
    const chosen = { password: "what ben chose", password_repeat: "what ben chose" };
    const invited = new Browser(standIn.port);
    assert.equal((await invited.open(stdout)).status, 200);
    assert.equal((await invited.submit(chosen)).status, 200);
    const later = new Browser(standIn.port);
    await later.open("/if/flow/default-authentication-flow/");
    assert.doesNotMatch((await later.signIn("ben", "what ben chose")).text, /Failed/);
    const again = new Browser(standIn.port);
    assert.doesNotMatch((await again.open(stdout)).text, /password_repeat/);
  });

  it("invite no one whom Authentik does not know", async () => {
    const { stderr, exitCode } = await run(
      "authentik-invite",
      standIn.port,
      tokenFile,
      "eve",
      AUTHENTIK,
    );
    assert.equal(exitCode, 1);
    assert.match(stderr, /^Unable to invite eve: Authentik has no such user\. Run pulumi up/m);
  });

  it("give an outpost its token, and start what waits for it", async () => {
    const { authorization_flow, invalidation_flow } = await defaults(standIn);
    const provider = await standIn.create("/providers/ldap/", {
      name: "ldap",
      authorization_flow,
      invalidation_flow,
    });
    await application(standIn, "ldap", provider);
    const outpost = await standIn.create("/outposts/instances/", {
      ...{ name: "ldap", type: "ldap", providers: [provider.pk], config: {} },
    });
    const file = join(folder, "ldap-token");
    const key = "the-token-of-the-outpost";
    writeFileSync(file, key);
    const unknown = await standIn.api("GET", "/outposts/instances/", undefined, key);
    assert.equal(unknown.status, 403);
    const unit = "authentik-ldap.service";
    const { stderr, exitCode } = await run(
      ...(["authentik-outpost-token", standIn.port, tokenFile, textOf(outpost.pk)] as const),
      ...[file, unit, "version"],
    );
    assert.equal(exitCode, 0, stderr);
    const seen = await standIn.api("GET", "/outposts/instances/", undefined, key);
    assert.equal(seen.status, 200);
    assert.match(
      readFileSync(join(folder, "systemctl.log"), "utf8"),
      new RegExp(`restart -- ${unit}`),
    );
  });

  it("say that Authentik refuses the token", async () => {
    const other = join(folder, "other-token");
    writeFileSync(other, "another token");
    const { stderr, exitCode } = await run(
      "authentik-invite",
      standIn.port,
      other,
      "ben",
      AUTHENTIK,
    );
    assert.equal(exitCode, 1);
    assert.match(stderr, /^Unable to invite ben: the request to Authentik's API failed \(above\)/m);
  });
});
