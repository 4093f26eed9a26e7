import assert from "node:assert/strict";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { publicClient } from "../lab/sso/publicClient";
import { evaluateHost, nixosRebuild, refusal, scratch, upload } from "./nix";
import { change, signIn, slice, type Slice } from "./samples";

const client = { ...signIn("spa", ""), clientType: "public", clientSecretFile: null };
const spa = slice("spa", { service: { ports: [8080] }, signIns: { default: client } });
const flakeOf = (values: Slice) =>
  upload("spa", values, { "nixos/hosts/spa.nix": publicClient().hosts!.spa! });

describe("the tests' public client", () => {
  it("is a page that knows what the manifest says of it, and no secret", () => {
    const { status, stderr } = nixosRebuild(["build", "--flake", `${flakeOf(spa)}#spa`], scratch);
    assert.equal(status, 0, stderr);
    const system = realpathSync(join(scratch, "result"));
    const unit = readFileSync(join(system, "etc/systemd/system/spa.service"), "utf8");
    const root = /--root (\S+)/.exec(unit)![1]!;
    const settings: unknown = JSON.parse(readFileSync(join(root, "settings.json"), "utf8"));
    assert.deepEqual(settings, {
      issuer: "https://login.home.example/application/o/spa/",
      clientId: "spa",
      scopes: ["openid", "email", "profile"],
      redirectUri: "https://spa.home.example/",
    });
    for (const file of ["index.html", "app.mjs"]) {
      const source = join(__dirname, "..", "lab", "sso", "publicClient", file);
      assert.equal(readFileSync(join(root, file), "utf8"), readFileSync(source, "utf8"));
    }
  });

  it("runs in a sandbox", () => {
    assert.ok(
      evaluateHost<string[]>(flakeOf(spa), "spa", "lib.attrNames nixmox.sandbox").includes("spa"),
    );
  });

  it("can keep no secret", () => {
    const confidential = change(spa, { signIns: { default: signIn("spa", "") } });
    assert.match(refusal(flakeOf(confidential), "spa"), /a page can keep no secret/);
  });
});
