import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

describeScript("nixos/modules/postgresql/refuse-other-cluster.sh", (host) => {
  const cluster = (directory: string, version?: string) => {
    mkdirSync(host().path(directory));
    if (version) writeFileSync(host().path(directory, "PG_VERSION"), `${version}\n`);
  };
  const refuse = () => host().run([host().path("17"), "17", "postgresql"]);

  it("lets a new server create its data", () => {
    cluster("17");
    cluster("backups");
    assert.equal(succeeded(refuse()), "");
  });

  it("lets a server start that has its data, also beside those of others", () => {
    cluster("16", "16");
    cluster("17", "17");
    assert.equal(succeeded(refuse()), "");
  });

  it("refuses an empty server beside the data of another version, and says how to go on", () => {
    cluster("9", "9.6");
    cluster("15", "15");
    cluster("16", "16");
    cluster("17");
    assert.equal(
      failed(refuse()),
      `Unable to start PostgreSQL 17: the data of postgresql are in ${host().path("16")}, of PostgreSQL 16. ` +
        'Set version = "16" for postgresql in the manifest, or move the data to 17 first (docs/operations.md).\n',
    );
  });

  it("refuses it also beside newer data, as after the release of flake.nix was set back", () => {
    cluster("18", "18");
    assert.match(failed(refuse()), /Set version = "18" for postgresql/);
  });
});
