import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { allServices, slicesOf } from "./examples";
import { environment, nixosRebuild, refusal, scratch, upload } from "./nix";
import { samples, type Slice } from "./samples";
import { factsOf } from "./serviceFacts";

const canary = "c4n4ry-8d21";
const stolen = join(scratch, "secrets", "stolen");

/** A host whose own file has these definitions. */
const host = (definitions: string) =>
  upload("monitoring", samples.monitoring, {
    "nixos/hosts/monitoring.nix": `{ config, lib, pkgs, ... }: { ${definitions} }`,
  });
const refused = (definitions: string) => refusal(host(definitions), "monitoring");

describe("a secret that a configuration", () => {
  const unit = (definitions: string) => `systemd.services.x = { ${definitions} };`;

  for (const [what, definitions, option] of [
    [
      "has in the environment",
      unit(`environment.DB_PASSWORD = "hunter2";`),
      "environment.DB_PASSWORD",
    ],
    ["has in the environment as a key", unit(`environment.API_KEY = "k";`), "environment.API_KEY"],
    [
      "has in the environment, within an address",
      unit(`environment.DATABASE = "postgres://wiki:hunter2@db/wiki";`),
      "environment.DATABASE",
    ],
    [
      "has among its arguments",
      unit(`serviceConfig.ExecStart = "/bin/x --admin-password=hunter2 --port 80";`),
      "serviceConfig.ExecStart",
    ],
    [
      "has among the arguments of one of several commands",
      unit(`serviceConfig.ExecStartPre = [ "/bin/a" "/bin/x --token hunter2" ];`),
      "serviceConfig.ExecStartPre",
    ],
    [
      "gives an option for everyone to read",
      `services.keycloak.initialAdminPassword = "hunter2";`,
      "services.keycloak.initialAdminPassword",
    ],
    [
      "has in a program's settings",
      `services.prometheus.alertmanager.configuration = lib.mkForce {
        receivers = [ { webhook_configs = [ { http_config.basic_auth.password = "hunter2"; } ]; } ];
      };`,
      "http_config.basic_auth.password",
    ],
    [
      "has behind a condition",
      `systemd.services = lib.mkIf true { x.environment.TOKEN = "t"; };`,
      "TOKEN",
    ],
  ] as const) {
    it(`${what} is refused, and the option and the file are named`, () => {
      const message = refused(definitions);
      assert.match(message, /`\S+' holds a secret, which everyone can read in the Nix store/);
      assert.ok(message.includes(`${option}' holds`), message);
      assert.match(message, /It is defined in .*`\S+\/nixos\/hosts\/monitoring\.nix'/);
      assert.doesNotMatch(message, /hunter2/);
    });
  }

  it("names by a file, a credential or a variable is not", () => {
    const { derivation } = factsOf("monitoring", samples.monitoring);
    assert.match(derivation, /\.drv$/);
    const flake = host(
      unit(`
        environment = {
          DB_PASSWORD = "%d/password";
          DB_PASSWORD_FILE = "/run/x/password";
          SECRET_KEY = "file:///run/x/key";
          DATABASE = "postgres://wiki:$PASSWORD@db/wiki";
        };
        serviceConfig.ExecStart = "/bin/x --password-file=/run/x --token=\\\${TOKEN} --pass-token=false";`),
    );
    assert.throws(() => refusal(flake, "monitoring"), /was accepted/);
  });

  for (const [what, definitions] of [
    ["reads", `environment.etc.x.text = builtins.readFile ${stolen};`],
    ["copies", `environment.etc.x.source = "\${${stolen}}";`],
    ["copies for LoadCredential", unit(`serviceConfig.LoadCredential = "x:\${${stolen}}";`)],
    [
      "copies by name",
      `environment.etc.x.source = builtins.path { name = "x"; path = ${stolen}; };`,
    ],
    ["reads as Nix", `environment.etc.x.text = import ${stolen};`],
    [
      "finds in a folder",
      `environment.etc.x.text = toString (builtins.attrNames (builtins.readDir ${dirname(stolen)}));`,
    ],
    [
      "reads at the path that an option has",
      `environment.etc.x.text = builtins.readFile (/. + "${stolen}");`,
    ],
    [
      "reads from a variable",
      `environment.etc.x.text = builtins.getEnv "CANARY" + builtins.readFile "${stolen}";`,
    ],
  ] as const) {
    it(`${what} when it is evaluated is refused`, () => {
      plant(stolen);
      assert.match(refused(definitions), /forbidden in restricted mode/);
    });
  }
});

/** Puts a value into a secret's file. */
function plant(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `"${canary}"`);
}

describe("no secret's value is in the store", () => {
  const folder = join(scratch, "secrets");
  /** As a host's slice, with the secrets' files where this test can write. */
  const moved = (slice: Slice) =>
    JSON.parse(JSON.stringify(slice).replaceAll("/var/lib/nixmox/secrets", folder)) as Slice;
  const filesIn = (slice: Slice) =>
    [...JSON.stringify(slice).matchAll(/"([^"]+)"/g)]
      .map(([, text]) => text!)
      .filter((text) => text.startsWith(`${folder}/`));

  for (const [name, slice] of Object.entries(slicesOf(allServices("authentik")))) {
    it(`once ${name} has been built`, function () {
      this.timeout(120_000);
      if (factsOf(name, slice).missing.length > 0) {
        this.test!.title += " (evaluated, not run: the lab has not all of its packages)";
      }
      const own = moved(slice);
      for (const file of filesIn(own)) plant(file);
      const cwd = mkdtempSync(join(scratch, "build-"));
      const flake = upload(name, own);
      const { status, stderr } = nixosRebuild(["build", "--flake", `${flake}#${name}`], cwd);
      // What stops another one may also be a checker that this machine does not have.
      assert.equal(status === 0, factsOf(name, slice).missing.length === 0, stderr);
      assert.deepEqual(found(), []);
    });
  }

  it("which a search of the store would find", () => {
    const file = join(scratch, "found");
    writeFileSync(file, canary);
    const path = execFileSync("nix-store", ["--add", file], { env: environment, encoding: "utf8" });
    assert.deepEqual(found(), [path.trim()]);
    execFileSync("nix-store", ["--delete", path.trim()], { env: environment, stdio: "ignore" });
  });

  function found(): string[] {
    const { stdout } = spawnSync("grep", ["-rlF", canary, environment.NIX_STORE_DIR], {
      encoding: "utf8",
    });
    return stdout.split("\n").filter((line) => line !== "");
  }
});
