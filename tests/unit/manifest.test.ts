import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { loadManifest } from "../../manifest/load";
import { base, issuesOf, load, refusal } from "./fixtures";

const service = (lines: string) => `${base}\n[services.git]\nip = "192.168.99.20"\n${lines}`;

describe("manifest", () => {
  it("loads the shipped manifest without a warning", () => {
    const { manifest, warnings } = loadManifest("manifest/nixmox.toml");
    assert.deepEqual(
      manifest.services.map(({ name }) => name),
      ["authentik", "caddy", "dns", "miniflux", "monitoring", "postgresql"],
    );
    assert.deepEqual(warnings, []);
  });

  it("completes a service that follows the conventions", () => {
    const { manifest } = load(service("ports = [3000]\ninterface = { db = {}, proxy = {} }"));
    const git = manifest.services.find(({ name }) => name === "git")!;
    assert.equal(git.vmid, 7020);
    assert.equal(git.hostname, "git.host.nixmox.lan");
    assert.deepEqual(git.interface.dbs, {
      git: {
        place: "services.git.interface.db",
        access: "own",
        name: "git",
        owner: "git",
        role: "git",
        readers: [],
        collation: undefined,
        ctype: undefined,
        encoding: undefined,
        template: "template1",
        service: "postgresql",
        host: "192.168.99.11",
        port: 5432,
        extensions: [],
        additionaldbs: [],
        connection_limit: 20,
        on_remove: "keep",
        password_file: "/var/lib/nixmox/secrets/database-git",
      },
    });
    assert.equal(git.interface.routes.default?.url, "https://git.nixmox.lan/");
    assert.equal(git.interface.routes.default?.upstream, "192.168.99.20:3000");
    assert.equal(git.interface.health.startup, "systemctl is-active --quiet git");
  });

  it("creates no route to a database port and says so", () => {
    const { manifest, warnings } = load(
      `${base}[core_services.postgresql.interface.proxy]\nupstream = "192.168.99.11:5432"`,
    );
    const postgresql = manifest.services.find(({ name }) => name === "postgresql")!;
    assert.deepEqual(postgresql.interface.routes, {});
    assert.match(
      warnings.join(),
      /interface\.proxy leads to 192\.168\.99\.11:5432.*does not serve HTTP: no route is created/,
    );
  });

  it("names every key that has no effect, in one warning", () => {
    const { warnings } = load(
      `enable_rollback = true\n${base}[core_services.postgresql.interface]\ndb = { name = "postgresql", port = 5432, mode = "standalone" }\n` +
        'terraform.modules = ["./terraform"]\n',
    );
    assert.equal(warnings.length, 1);
    for (const key of ["enable_rollback", "interface.terraform", "interface.db.name"]) {
      assert.ok(warnings[0]!.includes(key), warnings[0]);
    }
    assert.doesNotMatch(warnings[0]!, /db\.port|db\.mode/);
  });

  it("names exactly the core services that a manifest of the original form leaves out", () => {
    const text = readFileSync("tests/nix/manifests/classic.nix", "utf8")
      .replace(/ {4}dns = \{[^]*?\n {4}\};\n/, "")
      .replace(/ {4}authentik = \{[^]*?\n {4}\};\n/, "");
    const { issues } = refusal(text, "classic.nix");
    assert.ok(issues.length > 0);
    for (const { code, message } of issues) {
      assert.equal(code, "no-provider");
      assert.match(message, /Add \[core_services\.(dns|authentik)\]\.$/);
    }
  });

  it("refuses what is too large or not UTF-8, by name", () => {
    assert.match(refusal("#".repeat(10 * 1024 * 1024)).message, /it has 10485760 bytes; at most/);
    const folder = mkdtempSync(join(tmpdir(), "nixmox-encoding-"));
    const file = join(folder, "manifest.toml");
    writeFileSync(file, Buffer.from("[network]", "utf16le").fill(0xff, 0, 2));
    assert.throws(() => loadManifest(file), /it is not UTF-8 text\. Save it with that encoding/);
    rmSync(folder, { recursive: true });
  });

  it("lists the units that restart with a secret", () => {
    const { manifest } = load(
      `${base}[services.git]\nip = "192.168.99.20"\ninterface.secrets.key.restart = ["guest.service"]\n`,
    );
    const git = manifest.services.find(({ name }) => name === "git")!;
    assert.deepEqual(git.interface.secrets.key!.restart, ["guest.service"]);
  });

  it("moves to another network with all of its addresses", () => {
    const { manifest } = loadManifest("manifest/nixmox.toml", {
      networkCidrs: { default: "192.168.77.0/24" },
    });
    const miniflux = manifest.services.find(({ name }) => name === "miniflux")!;
    assert.equal(manifest.network.gateway, "192.168.77.1");
    assert.equal(miniflux.ip, "192.168.77.15");
    assert.equal(miniflux.vmid, 7015);
    assert.equal(miniflux.interface.routes.default!.upstream, "192.168.77.15:8080");
    assert.doesNotMatch(JSON.stringify(manifest), /192\.168\.99\./);
  });

  it("may be written in short or in full, and means the same", () => {
    const short = service(
      'ports = [3000]\nformerly = "gogs"\n[services.git.interface]\ndb = { extensions = ["hstore"] }\n' +
        'proxy = { path = "/git" }\nhealth.liveness = "true"\n',
    );
    const full = service(
      'ports = [3000]\nformerly = ["gogs"]\n[services.git.interface]\n' +
        'dbs.gogs = { extensions = ["hstore"] }\nroutes.default = { path = "/git" }\n' +
        'health.readiness = "true"\n',
    );
    assert.deepEqual(load(short).manifest, load(full).manifest);
    const named = (key: string) =>
      service(
        `ports = [3000]\ninterface.${key} = { web = { path = "/a" }, api = { path = "/b" } }`,
      );
    assert.deepEqual(load(named("proxy")).manifest, load(named("routes")).manifest);
  });

  it("takes a lone sign-in for one route, and a table with a route's keys for a route's name", () => {
    const sso = '[core_services.authentik]\nip = "192.168.99.12"\nports = [9000]\n';
    const routes = (lines: string) => {
      const { manifest } = load(service(`ports = [80]\n${lines}\n${sso}`));
      return Object.keys(manifest.services.find(({ name }) => name === "git")!.interface.routes);
    };
    assert.deepEqual(routes('interface.proxy.auth = { type = "forward_auth" }'), ["default"]);
    assert.deepEqual(routes('interface.proxy.auth = { domain = "a.nixmox.lan" }'), ["auth"]);
    assert.deepEqual(routes("interface.proxy = {}"), ["default"]);
  });

  it("knows where each value comes from, and where it is written", () => {
    const { origin } = load(
      service("ports = [3000]\ninterface = { db = {}, proxy = { tls = false } }"),
    );
    const at = (...path: (string | number)[]) => origin(["services", "git", ...path]);
    assert.deepEqual(at("interface", "routes", "default", "tls"), {
      origin: "manifest",
      path: ["services", "git", "interface", "proxy", "tls"],
    });
    assert.equal(at("interface", "routes", "default", "path").origin, "default");
    assert.equal(at("interface", "dbs", "git", "name").origin, "derived");
    assert.deepEqual(at("interface", "dbs", "git", "name").path.slice(-2), ["db", "name"]);
    assert.equal(at("vmid").origin, "derived");
  });

  it("takes a database server's port from its own database entry, and says so", () => {
    const { manifest, origin } = load(
      service("interface.db = {}").replace(
        "ports = [5432]",
        'interface.db = { port = 5433, mode = "standalone" }',
      ),
    );
    const git = manifest.services.find(({ name }) => name === "git")!;
    assert.equal(git.interface.dbs.git?.port, 5433);
    assert.deepEqual(origin(["core_services", "postgresql", "ports"]), {
      origin: "manifest",
      path: ["core_services", "postgresql", "interface", "db", "port"],
    });
  });

  it("holds databases to what their server accepts together", () => {
    const two =
      service("interface.db.connection_limit = 150\n") +
      '[services.wiki]\nip = "192.168.99.21"\ninterface.db.connection_limit = 60\n';
    const accepted = (text: string) =>
      load(text).manifest.services.find(({ name }) => name === "postgresql")?.max_connections;
    assert.equal(accepted(service("interface.db = {}")), 200);
    assert.equal(accepted(two), 400);
    const set = (limit: number) =>
      two.replace("ports = [5432]", `interface.db.max_connections = ${limit}`);
    assert.equal(accepted(set(210)), 210);
    assert.deepEqual(issuesOf(set(209)), [
      "too-many-connections core_services.postgresql.interface.db.max_connections",
    ]);
    const { origin } = load(set(210));
    assert.deepEqual(origin(["core_services", "postgresql", "max_connections"]), {
      origin: "manifest",
      path: ["core_services", "postgresql", "interface", "db", "max_connections"],
    });
    const { warnings } = load(service("interface.db.max_connections = 5"));
    assert.match(warnings.join(), /git\.interface\.db\.max_connections \(only a database server/);
  });

  it("reaches a database server at its own port, whatever other roles it has", () => {
    const text = service("interface.db = {}")
      .replace('[core_services.dns]\nip = "192.168.99.13"\n', "")
      .replace("ports = [5432]", 'provides = ["dns", "database"]');
    const git = load(text).manifest.services.find(({ name }) => name === "git")!;
    assert.equal(git.interface.dbs.git?.port, 5432);
  });

  it("covers a network with reverse zones exactly", () => {
    const zones = (cidr: string, ip: string) =>
      load(
        `[network]\ndomain = "a.lan"\nnetwork_cidr = "${cidr}"\ngateway = "${ip.replace(/\d+$/, "254")}"\n` +
          `[services.a]\nip = "${ip}"\n`,
      ).manifest.network.reverse_zones;
    assert.deepEqual(zones("192.168.99.0/24", "192.168.99.9"), ["99.168.192.in-addr.arpa"]);
    assert.deepEqual(zones("10.0.0.0/8", "10.0.0.9"), ["10.in-addr.arpa"]);
    assert.equal(zones("172.16.16.0/20", "172.16.16.9").length, 16);
    assert.deepEqual(zones("172.16.16.0/20", "172.16.16.9").at(-1), "31.16.172.in-addr.arpa");
    assert.deepEqual(zones("192.168.99.128/25", "192.168.99.130").length, 128);
  });

  describe("refuses", () => {
    const cases: [what: string, text: string, issue: string][] = [
      ["a misspelt key", service("hostnam = 'x.nixmox.lan'"), "unknown-key services.git.hostnam"],
      [
        "an address outside the network",
        service("").replace("99.20", "98.20"),
        "outside-network services.git.ip",
      ],
      ["a taken address", service("").replace("99.20", "99.11"), "taken services.git.ip"],
      [
        "the gateway's address",
        service("").replace("99.20", "99.1"),
        "reserved-address services.git.ip",
      ],
      ["a taken vmid", service("vmid = 7011"), "taken services.git.vmid"],
      [
        "an unknown dependency",
        service('depends_on = ["postgres"]'),
        "unknown-service services.git.depends_on[0]",
      ],
      [
        "a literal password",
        service('interface.db.password = "hunter2"'),
        "plain-secret services.git.interface.db.password",
      ],
      [
        "a superuser",
        service("interface.db.superuser = true"),
        "not-allowed services.git.interface.db.superuser",
      ],
      [
        "single sign-on without a provider",
        service('ports = [80]\ninterface = { route = {}, auth = { type = "forward_auth" } }'),
        "no-provider services.git.interface.auth",
      ],
      [
        "another service's domain",
        service('ports = [1]\ninterface.proxy.domain = "caddy.nixmox.lan"'),
        "taken services.git.interface.proxy.domain",
      ],
      [
        "an upstream without a port",
        service('interface.proxy.upstream = "192.168.99.20"'),
        "wrong-format services.git.interface.proxy.upstream",
      ],
      ["a wrong type", service("ports = 80"), "wrong-type services.git.ports"],
      ["no TOML", "[network", "syntax"],
      [
        "two routes of one name",
        service("ports = [80]\ninterface = { route = {}, proxy = {} }"),
        "written-twice services.git.interface.proxy",
      ],
      [
        "one check under both of its names",
        service('interface.health = { readiness = "true", liveness = "true" }'),
        "written-twice services.git.interface.health.liveness",
      ],
      [
        "a wrong key by person",
        base.replace("[network]", '[network]\nssh_keys = { ann = ["none"] }'),
        "wrong-format network.ssh_keys.ann[0]",
      ],
      [
        "a person without a list of keys",
        base.replace("[network]", "[network]\nssh_keys = { ann = 1 }"),
        "wrong-type network.ssh_keys.ann",
      ],
      [
        "a host name whose first label another host has",
        service('hostname = "web.a.nixmox.lan"') +
          '\n[services.wiki]\nip = "192.168.99.21"\nhostname = "web.b.nixmox.lan"',
        "taken services.wiki.hostname",
      ],
      [
        "port 0 of an upstream",
        service('interface.route.upstream = "192.168.99.20:0"'),
        "wrong-format services.git.interface.route.upstream",
      ],
      [
        "a list for a command, once",
        service("interface.health.startup = []"),
        "wrong-type services.git.interface.health.startup",
      ],
    ];
    for (const [what, text, issue] of cases) {
      it(what, () => assert.deepEqual(issuesOf(text), [issue]));
    }

    it("a role that no service provides", () => {
      const text = service("interface.db = {}").replace(
        /\[core_services\.postgresql\]\n.*\n.*\n/,
        "",
      );
      assert.notEqual(text, service("interface.db = {}"));
      assert.deepEqual(issuesOf(text), ["no-provider services.git.interface.db"]);
    });

    it("a cycle, as a chain", () => {
      const text = service(
        'depends_on = ["wiki"]\n[services.wiki]\nip = "192.168.99.21"\ndepends_on = ["git"]',
      );
      assert.deepEqual(issuesOf(text), ["cycle services.git.depends_on[0]"]);
      assert.match(refusal(text).message, /services wait for each other: git -> wiki -> git/);
    });

    it("everything at once, in the order of the file, and never repeats a secret", () => {
      const text = service(
        'ports = [0]\ncolour = "red"\ninterface.db.password = "hunter2"\ndepends_on = ["git"]\n' +
          '[services.wiki]\nip = "300.1.1.1"\ndepends_on = ["nobody"]\n[services.x]\nip = "192.168.99.11"',
      );
      assert.deepEqual(issuesOf(text), [
        "out-of-range services.git.ports[0]",
        "unknown-key services.git.colour",
        "plain-secret services.git.interface.db.password",
        "depends-on-itself services.git.depends_on[0]",
        "wrong-format services.wiki.ip",
        "unknown-service services.wiki.depends_on[0]",
        "taken services.x.ip",
      ]);
      assert.doesNotMatch(refusal(text).message, /hunter2/);
    });

    it("what is wrong in a short form beside a broken long one", () => {
      assert.deepEqual(issuesOf(service('interface = { db = { port = "x" }, dbs = 5 }')), [
        "wrong-type services.git.interface.db.port",
        "wrong-type services.git.interface.dbs",
      ]);
    });

    it("services that do not wait for this one through a sign-in, as advice", () => {
      const text = base.replace(
        'ip = "192.168.99.10"\n',
        'ip = "192.168.99.10"\ndepends_on = ["gitt"]\n',
      );
      const { message } = refusal(
        `${text}[core_services.authentik]\nip = "192.168.99.12"\n` +
          '[services.git]\nip = "192.168.99.20"\n' +
          'interface.auth = { type = "oidc", oidc = { redirect_uris = ["https://git.nixmox.lan/"] } }\n',
      );
      assert.match(message, /there is no service "gitt"/);
      assert.doesNotMatch(message, /Did you mean/);
    });

    it("an address whose derived id would be too high", () => {
      const text =
        '[network]\ndomain = "a.lan"\nnetwork_cidr = "10.0.0.0/8"\ngateway = "10.0.0.1"\n' +
        '[services.git]\nip = "10.250.0.13"\n';
      load(text);
      assert.deepEqual(issuesOf(text, "manifest.toml", { vmidBase: 990_000_000 }), [
        "out-of-range services.git.ip",
      ]);
    });

    it("a secret in a short form that has no place", () => {
      const text = service('interface = { db = { password = "hunter2" }, dbs = { git = {} } }');
      assert.ok(issuesOf(text).includes("plain-secret services.git.interface.db.password"));
      assert.doesNotMatch(refusal(text).message, /hunter2/);
    });

    it("nothing else because a role or a switch cannot be read", () => {
      const text = service("interface.db = {}").replace(
        'ip = "192.168.99.11"',
        'ip = "192.168.99.11"\nprovides = ["databse"]',
      );
      assert.deepEqual(issuesOf(text), ["not-allowed core_services.postgresql.provides[0]"]);
    });
  });
});
