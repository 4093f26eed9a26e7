import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { evaluateHost, project, refusal, scratch, upload } from "../nix";
import { caddy, change, database, type Overrides, route, signIn, slice } from "../samples";

interface Host {
  options: {
    package: string;
    hostName: string;
    https: boolean;
    config: Record<string, unknown>;
    secrets: Record<string, string>;
    extraApps: string[];
    phpOptions: Record<string, string>;
    poolSettings: Record<string, unknown>;
  };
  settings: Record<string, unknown>;
  nginx: Record<string, unknown>;
  php: Record<string, string>;
  setup: {
    environment: Record<string, string>;
    script: string;
    serviceConfig: { LoadCredential: string[] };
  };
  requires: string[];
  state: { directory: string; units: string[] };
}

const own = route("cloud.home.example", "10.20.30.33:8082");
const sample = slice("nextcloud", {
  service: {
    ip: "10.20.30.33",
    hostname: "nextcloud.host.home.example",
    ports: [8082],
    unit: "phpfpm-nextcloud.service",
    version: "33",
  },
  databases: database("default", "clouds", "cloud"),
  routes: { default: own },
  certificate: { certFile: "/srv/keys/server.crt", keyFile: "/srv/keys/server.key" },
  secrets: {
    "admin-password": { path: "/srv/keys/admin", owner: "root", mode: "0400", env: null },
  },
  peers: { caddy },
});

const expression = `let cloud = services.nextcloud; in {
  options = {
    package = cloud.package.version;
    inherit (cloud) hostName https config secrets phpOptions poolSettings;
    extraApps = builtins.attrNames cloud.extraApps;
  };
  settings = removeAttrs cloud.settings [ "datadirectory" ];
  nginx = services.nginx.virtualHosts.\${cloud.hostName};
  php = services.phpfpm.pools.nextcloud.phpEnv;
  setup = { inherit (systemd.services.nextcloud-setup) environment script serviceConfig; };
  inherit (systemd.services.phpfpm-nextcloud) requires;
  state = nixmox.state.nextcloud;
}`;
const evaluate = (overrides: Overrides = {}) =>
  evaluateHost<Host>(upload("nextcloud", change(sample, overrides)), "nextcloud", expression);
const refused = (overrides: Overrides) =>
  refusal(upload("nextcloud", change(sample, overrides)), "nextcloud");

const client = (changes: Partial<ReturnType<typeof signIn>> = {}): Overrides => ({
  signIns: {
    default: {
      ...signIn("nextcloud", ""),
      redirectUris: ["https://cloud.home.example/apps/user_oidc/code"],
      ...changes,
    },
  },
});

describe("the nextcloud module", () => {
  let host: Host;
  before(() => {
    host = evaluate();
  });

  it("is the version of the manifest", () => {
    assert.match(host.options.package, /^33\./);
    assert.match(evaluate({ service: { version: "32.0.5" } }).options.package, /^32\./);
    assert.match(
      refused({ service: { version: null } }),
      /names no version of Nextcloud, which must not skip one\. Set `version` to one of 32, 33 in/,
    );
    assert.match(
      refused({ service: { version: "31" } }),
      /nixpkgs has no Nextcloud 31\. Set `version` to one of 32, 33 in the manifest/,
    );
  });

  it("knows its public address, its own name and its proxy", () => {
    assert.deepEqual([host.options.hostName, host.options.https], ["cloud.home.example", true]);
    assert.deepEqual(
      { ...host.settings, pgsql_ssl: undefined },
      {
        trusted_domains: ["cloud.home.example", "nextcloud.host.home.example"],
        trusted_proxies: ["10.20.30.5"],
        overwriteprotocol: "https",
        overwritehost: "cloud.home.example",
        "overwrite.cli.url": "https://cloud.home.example/",
        maintenance_window_start: 1,
        pgsql_ssl: undefined,
      },
    );
  });

  it("connects to its database over verified TLS", () => {
    const { adminpassFile, ...config } = host.options.config;
    assert.deepEqual(config, {
      dbtype: "pgsql",
      dbhost: "postgresql.home.example:5433",
      dbname: "clouds",
      dbuser: "cloud",
      dbpassFile: null,
      adminuser: "nixmox",
    });
    assert.equal(adminpassFile, "/run/nextcloud-first-password/password");
    for (const { PGSSLMODE, PGSSLROOTCERT } of [host.php, host.setup.environment]) {
      assert.equal(PGSSLMODE, "verify-full");
      assert.match(PGSSLROOTCERT!, /-ca\.crt$/);
    }
  });

  it("connects like that in nextcloud-occ, too, which runs in none of its units", () => {
    const { PGSSLMODE, PGSSLROOTCERT } = host.php;
    assert.deepEqual(host.settings.pgsql_ssl, { mode: PGSSLMODE, rootcert: PGSSLROOTCERT });
  });

  it("reads its secrets from files, and none in a command line", () => {
    assert.deepEqual(host.options.secrets, { dbpassword: "/srv/nixmox/secrets/database-default" });
    assert.equal(host.setup.environment.PGPASSFILE, "/run/nextcloud-setup/pgpass");
    const { LoadCredential } = host.setup.serviceConfig;
    for (const credential of [
      "database:/srv/nixmox/secrets/database-default",
      "admin-password:/srv/keys/admin",
    ]) {
      assert.ok(LoadCredential.includes(credential), credential);
    }
    assert.match(host.setup.script, /\/bin\/apply-accounts nixmox$/m);
    // Before each start, since a restart is what follows a new secret.
    assert.deepEqual(host.requires, ["nextcloud-setup.service"]);
  });

  it("serves TLS with the certificate that it has, and plain HTTP without one", () => {
    const { root: _, ...own } = host.nginx;
    const listen = [{ addr: "10.20.30.33", port: 8082, ssl: true }];
    assert.deepEqual(own, {
      listen,
      onlySSL: true,
      sslCertificate: "/run/credentials/nginx.service/certificate",
      sslCertificateKey: "/run/credentials/nginx.service/key",
    });
    const plain = evaluate({ certificate: null }).nginx;
    assert.deepEqual(plain.listen, [{ addr: "10.20.30.33", port: 8082, ssl: false }]);
    assert.equal(plain.onlySSL, false);
  });

  it("has as many processes as its host's memory allows", () => {
    const { pm, "pm.max_children": children } = host.options.poolSettings;
    assert.deepEqual([pm, children], ["ondemand", "${NEXTCLOUD_CHILDREN}"]);
    assert.equal(host.options.phpOptions.memory_limit, "512M");
    assert.equal(host.options.phpOptions.upload_max_filesize, "16G");
  });

  it("names its folder and what writes to it", () => {
    assert.deepEqual(host.state, {
      directory: "/var/lib/nextcloud",
      units: ["phpfpm-nextcloud.service", "nextcloud-cron.service"],
    });
  });

  describe("as a client of the identity provider", () => {
    it("registers the provider with the secret's file", () => {
      const { setup, options, settings } = evaluate({ ...client(), secrets: {} });
      assert.deepEqual(options.extraApps, ["user_oidc"]);
      assert.equal(settings.allow_local_remote_servers, true);
      const command = setup.script.split("\n").find((line) => line.includes("user_oidc:provider"));
      const words = command!.replaceAll("'", "").split(" --");
      assert.deepEqual(words.slice(1), [
        'clientsecret-file="$CREDENTIALS_DIRECTORY/client-secret"',
        "clientid=nextcloud",
        "discoveryuri=https://login.home.example/application/o/nextcloud/.well-known/openid-configuration",
        "scope=openid email profile",
        "unique-uid=0",
        "mapping-uid=preferred_username",
        "mapping-groups=groups",
        "group-provisioning=1",
        "group-whitelist-regex=/^(?!admin$)./",
      ]);
      assert.match(setup.script, /\/bin\/apply-accounts nixmox sso$/m);
      const { LoadCredential } = setup.serviceConfig;
      assert.ok(LoadCredential.includes("client-secret:/srv/nixmox/secrets/client-secret"));
      assert.ok(!LoadCredential.some((each) => each.startsWith("admin-password")));
    });

    it("takes the provider's group of administrators if the manifest says so", () => {
      const { script } = evaluate(client({ adminGroup: "admin" })).setup;
      assert.match(script, /--group-whitelist-regex=\/\^\.\//);
    });

    for (const [what, changes, message] of [
      [
        "another group of administrators",
        { adminGroup: "operators" },
        /administrators are the members of a group called admin\. Name the group so, or leave `interface\.auth\.oidc\.admin_group`/,
      ],
      [
        "to be a public client",
        { clientType: "public", clientSecretFile: null },
        /cannot be a public client\. Leave `interface\.auth\.oidc\.client_type`/,
      ],
      [
        "an address to which people do not come back",
        { redirectUris: ["https://cloud.home.example/callback"] },
        /Add https:\/\/cloud\.home\.example\/apps\/user_oidc\/code to `interface\.auth\.oidc\.redirect_uris`/,
      ],
    ] as const satisfies readonly (readonly [string, Parameters<typeof client>[0], RegExp])[]) {
      it(`refuses ${what}`, () => assert.match(refused(client(changes)), message));
    }
  });

  for (const [what, overrides, message] of [
    ["to have no database", { databases: {} }, /needs exactly one database and has 0/],
    ["to have no port", { service: { ports: [] } }, /Set `ports = \[8080\]` in the manifest/],
    [
      "another unit than PHP's",
      { service: { unit: "nextcloud.service" } },
      /Set `unit = "phpfpm-nextcloud\.service"` in the manifest/,
    ],
    [
      "a path",
      { routes: { default: { ...own, path: "/cloud" } } },
      /not below \/cloud\. Leave `path` out of its route/,
    ],
    ["to have nobody who signs in", { secrets: {} }, /nobody could sign in to Nextcloud\. Set/],
  ] as const satisfies readonly (readonly [string, Overrides, RegExp])[]) {
    it(`refuses ${what}`, () => assert.match(refused(overrides), message));
  }

  describe("sets its accounts", () => {
    const password = "pass word$1";
    /** The commands that the script gives, with the users that there are and whether a password came along. */
    const commands = (args: readonly string[], users: string, hasPassword = true): string[] => {
      const folder = mkdtempSync(join(scratch, "accounts-"));
      const occ = `[[ $1 != user:info ]] || { [[ " ${users} " == *" $2 "* ]]; exit; }
printf '%s%s\n' "$*" "\${OC_PASS+ <$OC_PASS}" >>${folder}/log`;
      writeFileSync(join(folder, "nextcloud-occ"), `#!/bin/bash\n${occ}\n`, { mode: 0o755 });
      if (hasPassword) writeFileSync(join(folder, "admin-password"), password);
      const script = join(project, "nixos/modules/nextcloud/apply-accounts.sh");
      const { status, stderr } = spawnSync("bash", ["-euo", "pipefail", script, ...args], {
        env: { PATH: `${folder}:${process.env.PATH}`, CREDENTIALS_DIRECTORY: folder },
        encoding: "utf8",
      });
      assert.deepEqual([status, stderr], [0, ""]);
      const log = readFileSync(join(folder, "log"), "utf8");
      rmSync(folder, { recursive: true });
      return log.trimEnd().split("\n");
    };
    const reset = `user:resetpassword --password-from-env nixmox <${password}`;

    it("to the password in the file, which is in no command line", () => {
      assert.deepEqual(commands(["nixmox"], "nixmox anna"), [reset, "user:enable nixmox"]);
      assert.deepEqual(commands(["nixmox"], "anna"), [
        `user:add --password-from-env --group admin nixmox <${password}`,
        reset,
        "user:enable nixmox",
      ]);
    });

    it("and shuts out an administrator that the manifest does not name", () => {
      const direct =
        "config:app:set --type=string --value=0 user_oidc allow_multiple_user_backends";
      assert.deepEqual(commands(["nixmox", "sso"], "nixmox", false), [
        "user:disable nixmox",
        direct,
      ]);
      assert.deepEqual(commands(["nixmox", "sso"], "anna", false), [direct]);
      assert.ok(commands(["nixmox", "sso"], "nixmox").at(-1)!.includes("--value=1"));
    });
  });
});
