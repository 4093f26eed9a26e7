import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "mocha";
import { criticalPath, wavesOf } from "../../manifest/graph/order";
import { toMermaid } from "../../manifest/show/graph";
import { base, issuesOf, load, refusal } from "./fixtures";

const service = (name: string, number: number, lines = "") =>
  `[services.${name}]\nip = "192.168.99.${number}"\n${lines}\n`;

describe("what is wrong in a manifest", () => {
  it("is shown with the addresses that are written, not with those of another network", () => {
    const networkCidrs = { default: "10.77.0.0/24" };
    const text = `${base}${service("git", 20)}${service("wiki", 20)}[services.far]\nip = "192.168.98.1"\n`;
    const { message } = refusal(text, "manifest.toml", { networkCidrs });
    assert.match(message, /address 192\.168\.99\.20 is already taken/);
    assert.match(message, /192\.168\.98\.1 is outside network\.network_cidr, 192\.168\.99\.0\/24/);
    assert.doesNotMatch(message, /10\.77\./);
    const { manifest } = load(base, "manifest.toml", { networkCidrs });
    assert.equal(manifest.network.gateway, "10.77.0.1");
  });

  it("includes a database server that names two ports", () => {
    const own = (port: number) =>
      base.replace("ports = [5432]", `ports = [5432]\ninterface.db = { port = ${port} }`);
    load(own(5432));
    assert.deepEqual(issuesOf(own(5433)), [
      "wrong-port core_services.postgresql.interface.db.port",
    ]);
    assert.match(refusal(own(5433)).message, /postgresql listens on 5432, not 5433\. Remove port/);
  });

  it("causes no second error where its derived value would be taken", () => {
    const cases: [text: string, issue: string][] = [
      [
        service("git", 20, 'hostname = "Git"') + service("x", 21, 'hostname = "git.nixmox.lan"'),
        "wrong-format services.git.hostname",
      ],
      [
        service("git", 20, "vmid = 1") + service("x", 21, "vmid = 7020"),
        "out-of-range services.git.vmid",
      ],
      [
        service("git", 20, 'interface.db = { name = "Git" }') +
          service("x", 21, 'interface.db = { name = "git", owner = "git" }'),
        "wrong-format services.git.interface.db.name",
      ],
      [
        service("git", 20, 'interface.db = { owner = "Git" }') +
          service("x", 21, 'interface.db = { owner = "git" }'),
        "wrong-format services.git.interface.db.owner",
      ],
      [
        service("git", 20, 'ports = [80]\ninterface.route = { domain = "Git" }') +
          service("x", 21, 'ports = [80]\ninterface.route = { domain = "git.nixmox.lan" }'),
        "wrong-format services.git.interface.route.domain",
      ],
    ];
    for (const [text, issue] of cases) assert.deepEqual(issuesOf(base + text), [issue]);
  });

  it("includes an upstream that writes the database's port in another way", () => {
    const text = `${base}[core_services.postgresql.interface.route]\nupstream = "192.168.99.11:05432"`;
    assert.deepEqual(issuesOf(text), [
      "wrong-format core_services.postgresql.interface.route.upstream",
    ]);
  });

  it("includes every cycle, not only the first", () => {
    const pair = (a: string, b: string, number: number) =>
      service(a, number, `depends_on = ["${b}"]`) + service(b, number + 1, `depends_on = ["${a}"]`);
    const after = service("after", 60, 'depends_on = ["a"]');
    assert.deepEqual(issuesOf(base + pair("a", "b", 20) + pair("c", "d", 30) + after), [
      "cycle services.a.depends_on[0]",
      "cycle services.c.depends_on[0]",
    ]);
  });

  it("is in the order of lines and columns", () => {
    const text = `${base}[services.git]\nip = "192.168.99.20"\nresources = { zz = 1, cores = 0, memory = 1 }\n`;
    assert.deepEqual(issuesOf(text), [
      "unknown-key services.git.resources.zz",
      "out-of-range services.git.resources.cores",
      "out-of-range services.git.resources.memory",
    ]);
  });
});

describe("a chain of 2,000 services", function () {
  this.timeout("2m");
  const address = (i: number) => `10.20.${Math.floor(i / 250)}.${(i % 250) + 1}`;
  const chain = (length: number, first: readonly string[]) => {
    const services = Array.from({ length }, (_, i) => [
      `s${i}`,
      { ip: address(i), depends_on: i > 0 ? [`s${i - 1}`] : first },
    ]);
    const network = { domain: "a.lan", network_cidr: "10.20.0.0/16", gateway: "10.20.255.254" };
    return JSON.stringify({ network, services: Object.fromEntries(services) as object });
  };

  it("is read and drawn", () => {
    const { manifest } = load(chain(2000, []), "manifest.json");
    assert.equal(wavesOf(manifest).length, 2000);
    assert.ok(criticalPath(manifest).length >= 4000);
    assert.match(toMermaid(manifest), / {2}s_s1998 --> s_s1999$/m);
  });

  it("is refused if it is a cycle", () => {
    assert.deepEqual(issuesOf(chain(2000, ["s1999"]), "manifest.json"), [
      "cycle services.s0.depends_on[0]",
    ]);
  });
});

describe("npm run manifest", () => {
  const cli = (command: string) =>
    spawnSync("bash", ["-c", `set -o pipefail; npx tsx manifest/cli.ts ${command}`], {
      encoding: "utf8",
    });

  it("ends in silence when its reader has seen enough", () => {
    const { stderr } = cli("show miniflux | true");
    assert.equal(stderr, "");
  });

  it("says of a file that is not there only what concerns the file", () => {
    const { stderr, status } = cli("check nope.toml");
    assert.equal(status, 1);
    assert.match(stderr, /nope\.toml.*Name an existing file/s);
    assert.doesNotMatch(stderr, /pulumi config/);
  });
});
