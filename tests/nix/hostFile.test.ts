import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { directory } from "../lab/site/directory";
import { evaluateHost, refusal, system, upload } from "./nix";
import { slice } from "./samples";

const secret = (name: string): [string, object] => [
  name,
  { path: `/srv/keys/${name}`, owner: "root", mode: "0400", env: null },
];
const names = ["ldap-password", "radius-secret", "radius-password", "backup-password"];
const host = slice("directory", {
  service: {
    modules: [],
    unit: "openldap.service",
    listens: [{ first: 1812, last: 1812, protocol: "udp", restricted: true }],
  },
  secrets: Object.fromEntries(names.map(secret)),
});

/** The host of the lab's tests, with more in its file. */
const flake = (more = "") =>
  upload("directory", host, {
    "nixos/hosts/directory.nix": `{ lib, ... }: { imports = [ (${directory.hosts!.directory!}) { ${more} } ]; }`,
  });

describe("a host that its file alone describes", () => {
  let units: Record<string, string>;
  before(() => {
    units = evaluateHost(
      flake(),
      "directory",
      'lib.mapAttrs (_: file: file.text) (lib.filterAttrs (name: _: lib.hasPrefix "systemd/system/" name) environment.etc)',
    );
  });
  const unit = (name: string) => units[`systemd/system/${name}`] ?? "";

  it("is evaluated with NixOS's own options", () => {
    assert.match(evaluateHost<string>(flake(), "directory", system), /\.drv$/);
  });

  it("runs slapd, FreeRADIUS and restic as NixOS does", () => {
    assert.match(
      unit("openldap.service"),
      /^ExecStart=\S+\/libexec\/slapd -d 0 -F \/etc\/openldap\/slapd\.d -h ldap:\/\/127\.0\.0\.1\/$/m,
    );
    assert.match(
      unit("openldap.service"),
      /^StateDirectory=openldap\nStateDirectory=openldap\/people$/m,
    );
    assert.match(
      unit("freeradius.service"),
      /^ExecStart=\S+\/bin\/radiusd -d \/etc\/raddb -l stdout -f$/m,
    );
    assert.match(
      unit("restic-backups-people.service"),
      /^ExecStart=\S+\/bin\/restic backup --files-from=/m,
    );
    assert.match(
      unit("restic-backups-people.service"),
      /"RESTIC_PASSWORD_FILE=\/srv\/keys\/backup-password"/,
    );
    assert.match(
      unit("restic-backups-people.timer"),
      /^\[Timer\]\nOnCalendar=daily\nPersistent=true$/m,
    );
  });

  for (const [what, more, message] of [
    [
      "a copy without a place for it",
      "services.restic.backups.people.repository = lib.mkForce null;",
      /restic\.backups\.people: exactly one of repository, repositoryFile or environmentFile should be set/,
    ],
    [
      "a copy without a password",
      "services.restic.backups.people.passwordFile = lib.mkForce null;",
      /passwordFile or environmentFile must be set/,
    ],
    [
      "a database outside slapd's folder",
      'services.openldap.settings.children."olcDatabase={1}mdb".attrs.olcDbDirectory = lib.mkForce "/srv/people";',
      /`olcDbDirectory` \(\/srv\/people\) that is not a subdirectory of `\/var\/lib\/openldap\/`/,
    ],
    [
      "contents of a database that is not there",
      'services.openldap.declarativeContents."dc=other" = "dn: dc=other";',
      /Declarative DB dc=other does not exist in `services\.openldap\.settings`/,
    ],
    [
      "an option that NixOS does not have",
      "services.freeradius.enabled = true;",
      /services\.freeradius\.enabled/,
    ],
  ] as const) {
    it(`refuses ${what}`, () => assert.match(refusal(flake(more), "directory"), message));
  }
});
