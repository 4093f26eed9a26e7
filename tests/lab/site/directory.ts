import assert from "node:assert/strict";
import { before, it } from "mocha";
import type { Homelab } from "../homelab/homelab";
import type { SitePart } from "./part";

const manifest = `
[services.directory]
ip = "192.168.99.131"
modules = []
unit = "openldap.service"
ports = [{ port = 1812, protocol = "udp", from = ["miniflux"] }]
[services.directory.interface]
health.readiness = "systemctl is-active --quiet openldap freeradius"
secrets.ldap-password = {}
secrets.radius-secret = { restart = ["freeradius.service"] }
secrets.radius-password = { restart = ["freeradius.service"] }
secrets.backup-password = { restart = [] }
`;

/** Options of NixOS's own for programs that this project has no module for. */
const host = `{ config, lib, pkgs, ... }:
let
  inherit (config.nixmox) secrets service;
  nixmoxLib = import ../lib { inherit lib; };
  suffix = "dc=example,dc=org";
  units = lib.concatMapStringsSep " " (each: toString each.units) (lib.attrValues config.nixmox.state);

  hashPassword = pkgs.writeShellScript "hash-password" ''
    umask 0077
    \${pkgs.openldap}/bin/slappasswd -n -T "$CREDENTIALS_DIRECTORY/password" >/run/openldap/password
  '';
in
{
  services.openldap = {
    enable = true;
    urlList = [ "ldap://127.0.0.1/" ];
    settings.children = {
      "cn=schema".includes = map (name: "\${pkgs.openldap}/etc/schema/\${name}.ldif") [
        "core"
        "cosine"
        "inetorgperson"
      ];
      "olcDatabase={1}mdb".attrs = {
        objectClass = [ "olcDatabaseConfig" "olcMdbConfig" ];
        olcDatabase = "{1}mdb";
        olcDbDirectory = "/var/lib/openldap/people";
        olcSuffix = suffix;
        olcRootDN = "cn=admin,\${suffix}";
        olcRootPW.path = "/run/openldap/password";
        olcAccess = [ "{0}to * by users read by * none" ];
      };
    };
  };
  systemd.services.openldap.serviceConfig = {
    LoadCredential = [ "password:\${secrets.ldap-password.path}" ];
    ExecStartPre = lib.mkBefore [ hashPassword ];
  };
  systemd.tmpfiles.rules = [ "d /etc/openldap 0755 root root -" ];
  nixmox.sandbox.openldap = nixmoxLib.lowPorts // { ReadWritePaths = [ "/etc/openldap" ]; };
  nixmox.state.people = {
    directory = "/var/lib/openldap";
    units = [ "openldap.service" ];
  };

  services.freeradius.enable = true;
  environment.etc."raddb/radiusd.conf".text = ''
    logdir = /var/log/radius
    security {
      reject_delay = 0
      status_server = no
    }
    client homelab {
      ipaddr = *
      $INCLUDE /run/radius/secret
    }
    modules {
      pap { }
      files {
        usersfile = /run/radius/users
      }
    }
    server default {
      listen {
        type = auth
        ipaddr = \${service.ip}
        port = 1812
      }
      authorize {
        files
        pap
      }
      authenticate {
        pap
      }
    }
  '';
  systemd.services.freeradius = {
    # It reads nothing but its configuration.
    preStart = lib.mkBefore ''
      umask 0077
      printf 'secret = "%s"\\n' "$(<"$CREDENTIALS_DIRECTORY/secret")" >/run/radius/secret
      printf 'anna Cleartext-Password := "%s"\\n' "$(<"$CREDENTIALS_DIRECTORY/anna")" >/run/radius/users
    '';
    serviceConfig = {
      RuntimeDirectory = "radius";
      LoadCredential = [
        "secret:\${secrets.radius-secret.path}"
        "anna:\${secrets.radius-password.path}"
      ];
    };
  };
  # It changes users, though to the same.
  nixmox.sandbox.freeradius.SystemCallFilter = [
    "@system-service"
    "~@privileged"
    "@setuid"
  ];

  services.restic.backups.people = {
    repository = "/var/backup/people";
    passwordFile = secrets.backup-password.path;
    initialize = true;
    paths = map (each: each.directory) (lib.attrValues config.nixmox.state);
    backupPrepareCommand = "systemctl stop \${units}";
    backupCleanupCommand = "systemctl start \${units}";
  };
}
`;

const people = `dn: dc=example,dc=org
objectClass: domain
dc: example

dn: uid=anna,dc=example,dc=org
objectClass: inetOrgPerson
cn: Anna Example
sn: Example
`;

function describeDirectory(lab: () => Homelab): void {
  let address: string;
  let secrets: Record<string, string>;

  before(async () => {
    address = (await lab().services()).directory!.address;
    secrets = (await lab().output<Record<string, Record<string, string>>>("secrets")).directory!;
  });

  const on = (script: string, stdin = "") => lab().on(address, script, stdin);

  /** Runs an LDAP command as the administrator, whose password is the first line of stdin. */
  const ldap = async (command: string, password: string, input = "") => {
    const bind = "-x -H ldap://127.0.0.1 -D cn=admin,dc=example,dc=org -y";
    const [program, ...words] = command.split(" ");
    const script = `read -r password; ${program} ${bind} <(printf %s "$password") ${words.join(" ")}`;
    return on(script, `${password}\n${input}`);
  };
  const search = "ldapsearch -LLL -b dc=example,dc=org uid=anna cn";
  const found = "dn: uid=anna,dc=example,dc=org\ncn: Anna Example\n\n";

  it("answers over LDAP who has bound with the secret's value, and nobody else", async () => {
    const added = await ldap("ldapadd", secrets["ldap-password"]!, people);
    assert.equal(added.status, 0, added.stderr);
    assert.equal((await ldap(search, secrets["ldap-password"]!)).stdout, found);
    const refused = await ldap(search, "wrong");
    assert.deepEqual([refused.status, refused.stdout], [49, ""], refused.stderr);
    const anonymous = await on("ldapsearch -LLL -x -H ldap://127.0.0.1 -b dc=example,dc=org");
    assert.deepEqual([anonymous.status, anonymous.stdout], [32, ""]);
  });

  /** What the RADIUS server answers a host that asks with a shared secret. */
  const radius = async (from: string, secret: string, password: string) => {
    const asking = (await lab().services())[from]!.address;
    const script = `read -r secret
      radclient -r 1 -t 2 -S <(printf %s "$secret") ${address}:1812 auth`;
    const attributes = `User-Name = "anna", User-Password = "${password}"\n`;
    const { stdout } = await lab().on(asking, script, `${secret}\n${attributes}`);
    return /Received (\S+)/.exec(stdout)?.[1];
  };

  it("answers over RADIUS who has the shared secret, and whom the manifest lets in", async () => {
    const { "radius-secret": shared = "", "radius-password": password = "" } = secrets;
    assert.deepEqual(
      await Promise.all([
        radius("miniflux", shared, password),
        radius("miniflux", shared, "wrong"),
        radius("miniflux", "another", password),
        radius("dns", shared, password),
      ]),
      ["Access-Accept", "Access-Reject", undefined, undefined],
    );
  });

  it("brings back with restic what was copied, with the secret's value alone", async () => {
    const copied = await on("systemctl start restic-backups-people");
    assert.equal(copied.status, 0, copied.stderr);
    const { status, stderr } = await ldap(
      "ldapdelete uid=anna,dc=example,dc=org",
      secrets["ldap-password"]!,
    );
    assert.equal(status, 0, stderr);
    assert.equal((await ldap(search, secrets["ldap-password"]!)).stdout, "");

    const wrong = await on("RESTIC_PASSWORD=wrong restic -r /var/backup/people snapshots");
    assert.match(wrong.stderr, /wrong password or no key found/);
    const restored = await on(
      "systemctl stop openldap && rm -r /var/lib/openldap/people/* && restic-people restore latest --target / && systemctl start openldap",
    );
    assert.equal(restored.status, 0, restored.stderr);
    assert.equal((await ldap(search, secrets["ldap-password"]!)).stdout, found);
  });

  it("copies at the timer's next time by itself", async () => {
    const { stdout } = await on(
      "systemctl show restic-backups-people.timer -P ActiveState -P Unit -P NextElapseUSecRealtime",
    );
    assert.match(stdout, /^restic-backups-people\.service\n.*00:00:00.*\nactive\n$/m, stdout);
  });
}

/** Programs that only a host file configures, with options of NixOS: a directory and its copies. */
export const directory: SitePart = {
  name: "a directory that its host file describes",
  manifest,
  hosts: { directory: host },
  describe: describeDirectory,
};
