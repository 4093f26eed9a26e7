import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { loadManifest } from "../../manifest/load";
import { base, load, refusal } from "./fixtures";

const service = (lines: string) => `${base}\n[services.git]\nip = "192.168.99.20"\n${lines}`;

describe("manifest", () => {
  it("loads the shipped manifest without a warning", () => {
    const { manifest, warnings } = loadManifest("manifest/nixmox.toml");
    assert.deepEqual(
      manifest.services.map(({ name }) => name),
      ["caddy", "dns", "miniflux", "monitoring", "postgresql"],
    );
    assert.deepEqual(warnings, []);
  });

  it("completes a service that follows the conventions", () => {
    const { manifest } = load(service("ports = [3000]\ninterface = { db = {}, proxy = {} }"));
    const git = manifest.services.find(({ name }) => name === "git")!;
    assert.equal(git.vmid, 120);
    assert.equal(git.hostname, "git.host.nixmox.lan");
    assert.deepEqual(git.interface.dbs, {
      git: {
        name: "git",
        owner: "git",
        service: "postgresql",
        host: "192.168.99.11",
        port: 5432,
        extensions: [],
        additionaldbs: [],
        on_remove: "keep",
      },
    });
    assert.equal(git.interface.proxy.default?.domain, "git.nixmox.lan");
    assert.equal(git.interface.proxy.default?.upstream, "192.168.99.20:3000");
    assert.equal(git.interface.health.startup, "systemctl is-active --quiet git");
  });

  it("makes no route to a database port and says so", () => {
    const { manifest, warnings } = load(
      `${base}[core_services.postgresql.interface.proxy]\nupstream = "192.168.99.11:5432"`,
    );
    const postgresql = manifest.services.find(({ name }) => name === "postgresql")!;
    assert.deepEqual(postgresql.interface.proxy, {});
    assert.match(warnings.join(), /speaks no HTTP: no route is made/);
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

  it("names just the core services that a manifest of the first form leaves out", () => {
    const text = readFileSync("tests/nix/manifests/classic.nix", "utf8")
      .replace(/ {4}dns = \{[^]*?\n {4}\};\n/, "")
      .replace(/ {4}authentik = \{[^]*?\n {4}\};\n/, "");
    const wanted = refusal(text, "classic.nix").split("\n").slice(1);
    assert.ok(wanted.length > 0);
    for (const line of wanted) assert.match(line, /\[core_services\.(dns|authentik)\]/);
  });

  it("refuses what is too large, or no UTF-8, by name", () => {
    assert.match(refusal("#".repeat(10 * 1024 * 1024)), /10485760 bytes are more than/);
    const folder = mkdtempSync(join(tmpdir(), "nixmox-encoding-"));
    const file = join(folder, "manifest.toml");
    writeFileSync(file, Buffer.from("[network]", "utf16le").fill(0xff, 0, 2));
    assert.throws(() => loadManifest(file), /it is not UTF-8 text\. Save it with that encoding/);
    rmSync(folder, { recursive: true });
  });

  it("moves to another network with all of its addresses", () => {
    const { manifest } = loadManifest("manifest/nixmox.toml", { networkCidr: "192.168.77.0/24" });
    const miniflux = manifest.services.find(({ name }) => name === "miniflux")!;
    assert.equal(manifest.network.gateway, "192.168.77.1");
    assert.equal(miniflux.ip, "192.168.77.15");
    assert.equal(miniflux.vmid, 115);
    assert.match(miniflux.interface.health.liveness, /192\.168\.77\.15:8080/);
    assert.doesNotMatch(JSON.stringify(manifest), /192\.168\.99\./);
  });

  describe("refuses", () => {
    const cases: [what: string, text: string, message: RegExp][] = [
      [
        "a misspelt key",
        service("hostnam = 'x.nixmox.lan'"),
        /:16:1: services\.git\.hostnam: unknown key\. Did you mean "hostname"\?/,
      ],
      [
        "an address outside of the network",
        service("").replace("99.20", "98.20"),
        /:15:1: services\.git\.ip: 192\.168\.98\.20 is outside of network\.network_cidr, 192\.168\.99\.0\/24/,
      ],
      [
        "a taken address",
        service("").replace("99.20", "99.11"),
        /services\.git\.ip: address 192\.168\.99\.11 is already taken by core_services\.postgresql\.ip/,
      ],
      ["the gateway's address", service("").replace("99.20", "99.1"), /is the gateway's/],
      [
        "a taken vmid",
        service("vmid = 111"),
        /vmid 111 is already taken by core_services\.postgresql/,
      ],
      [
        "an unknown dependency",
        service('depends_on = ["postgres"]'),
        /depends_on\[0\]: there is no service "postgres"\./,
      ],
      [
        "a misspelt dependency",
        service('depends_on = ["postgresq"]'),
        /Did you mean "postgresql"\?/,
      ],
      [
        "a literal password",
        service('interface.db.password = "hunter2"'),
        /interface\.db\.password: a secret stands here as plain text.*pulumi config set --secret/,
      ],
      [
        "a superuser",
        service("interface.db.superuser = true"),
        /no role of a service is a superuser/,
      ],
      [
        "single sign-on without a provider",
        service('interface.auth = { type = "forward_auth" }'),
        /single sign-on needs a service that provides sso/,
      ],
      [
        "another service's domain",
        service('ports = [1]\ninterface.proxy.domain = "caddy.nixmox.lan"'),
        /caddy\.nixmox\.lan is the hostname of caddy/,
      ],
      [
        "an upstream without a port",
        service('interface.proxy.upstream = "192.168.99.20"'),
        /proxy\.upstream: must be an address and a port such as/,
      ],
      ["a wrong type", service("ports = 80"), /services\.git\.ports: must be a list, not 80/],
      ["no TOML", "[network", /manifest\.toml:1:\d+: /],
    ];
    for (const [what, text, message] of cases) {
      it(what, () => assert.match(refusal(text), message));
    }

    it("a role that nobody provides", () => {
      const text = service("interface.db = {}").replace(
        /\[core_services\.postgresql\]\n.*\n.*\n/,
        "",
      );
      assert.match(
        refusal(text),
        /a database needs a service that provides database\. Add \[core_services\.postgresql\]/,
      );
    });

    it("a cycle, as a chain", () => {
      const text = service(
        'depends_on = ["wiki"]\n[services.wiki]\nip = "192.168.99.21"\ndepends_on = ["git"]',
      );
      assert.match(refusal(text), /services wait for each other: git -> wiki -> git/);
    });

    it("everything at once, in the order of the file, and never repeats a secret", () => {
      const message = refusal(
        service('ports = [0]\ncolour = "red"\ninterface.db.password = "hunter2"'),
      );
      assert.match(message, /3 errors/);
      assert.ok(message.indexOf("ports") < message.indexOf("colour"));
      assert.doesNotMatch(message, /hunter2/);
    });
  });
});
