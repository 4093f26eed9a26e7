import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { nixosRebuild, scratch, upload } from "./nix";
import { change, samples, type Slice } from "./samples";

describe("the lab's nixos-rebuild", () => {
  let cwd: string;
  let system: string;

  before(() => {
    cwd = mkdtempSync(join(scratch, "build-"));
    const flake = upload("miniflux", samples.miniflux);
    const { status, stderr } = nixosRebuild(["build", "--flake", `${flake}#miniflux`], cwd);
    assert.equal(status, 0, stderr);
    system = realpathSync(join(cwd, "result"));
  });

  const text = (path: string) => readFileSync(join(system, path), "utf8");

  it("leaves a result with a system in the store", () => {
    assert.match(system, /-nixos-system-miniflux-26\.05\.lab$/);
    assert.equal(text("nixos-version"), "26.05.lab");
    for (const program of ["activate", "bin/switch-to-configuration", "sw/bin/nixmox-fragment"]) {
      assert.ok(statSync(join(system, program)).mode & 0o100, program);
    }
  });

  it("tells nixmox-fragment where the host keeps its state", () => {
    assert.match(text("sw/bin/nixmox-fragment"), /^NIXMOX_STATE=\/srv\/nixmox$/m);
  });

  it("writes units as systemd reads them", () => {
    const unit = text("etc/systemd/system/miniflux.service").split("\n");
    assert.equal(unit[0], "[Unit]");
    for (const line of [
      "Wants=network-online.target",
      'Environment="ADMIN_PASSWORD_FILE=%d/admin-password"',
      "LoadCredential=admin-password:/srv/nixmox/secrets/admin-password",
      "DynamicUser=true",
    ]) {
      assert.ok(unit.includes(line), line);
    }
    assert.deepEqual(
      readdirSync(join(system, "etc/systemd/system/multi-user.target.wants")).sort(),
      ["miniflux", "nftables", "nixmox-current-system", "prometheus-node-exporter", "ssh"].map(
        (name) => `${name}.service`,
      ),
    );
  });

  it("writes the files below /etc", () => {
    assert.equal(
      text("etc/ssh/authorized_keys.d/root").trim(),
      samples.miniflux.network.sshKeys[0],
    );
    assert.match(
      text("etc/ssh/sshd_config"),
      /^AuthorizedKeysFile \/etc\/ssh\/authorized_keys\.d\/%u$/m,
    );
    assert.match(text("etc/ssl/certs/ca-certificates.crt"), /BEGIN CERTIFICATE/);
    assert.ok(
      readdirSync(join(system, "etc/ssl/certs")).some((name) => /^[0-9a-f]{8}\.0$/.test(name)),
    );
  });

  it("builds the same system again, and a different one for a different slice", () => {
    const build = (slice: Slice) => {
      const directory = mkdtempSync(join(scratch, "build-"));
      nixosRebuild(["build", "--flake", `${upload("miniflux", slice)}#miniflux`], directory);
      return realpathSync(join(directory, "result"));
    };
    assert.equal(build(samples.miniflux), system);
    assert.notEqual(build(change(samples.miniflux, { network: { sshKeys: [] } })), system);
  });

  it("refuses what it does not know", () => {
    const { status, stderr } = nixosRebuild(["build", "--upgrade-all-the-things"], cwd);
    assert.equal(status, 1);
    assert.match(stderr, /unknown option '--upgrade-all-the-things'/);
  });

  it("says that there is no flake", () => {
    const { status, stderr } = nixosRebuild(["build", "--flake", "/nonexistent#a"], cwd);
    assert.equal(status, 1);
    assert.match(stderr, /there is no flake in '\/nonexistent'/);
  });
});
