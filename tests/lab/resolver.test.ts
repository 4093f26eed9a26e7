import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { renderRecords } from "../../components/dnsRecords";
import { renderNetworkRecords } from "../../components/networkRecords";
import { ownZones } from "../../manifest/resolve/ownNames";
import { evaluateHost, upload } from "../nix/nix";
import { change, forward, type Resolver, resolver, samples } from "../nix/samples";
import { base, load } from "../unit/fixtures";
import { ask, Unbounds } from "./resolver/unbound";
import { makeZones, type Zones } from "./resolver/zones";

const script = join(__dirname, "../../nixos/modules/dns/check-resolver.sh");

/** The resolver as the module configures it, on real Unbounds; another one plays the public DNS. */
describe("the resolver's configuration", function () {
  this.timeout("5m");
  const directory = mkdtempSync(join(tmpdir(), "nixmox-resolver-"));
  let zones: Zones;
  let unbounds: Unbounds;
  /** Ports of the public DNS, and of a router that passes no signatures. */
  let publicDns: number;
  let router: number;

  before(async () => {
    zones = makeZones(directory);
    unbounds = await Unbounds.in(directory);
    publicDns = await unbounds.serve(zones.signed);
    router = await unbounds.serve(zones.plain);
  });
  after(async () => {
    await unbounds.stop();
    rmSync(directory, { recursive: true });
  });

  const at = (zone: string, port: number, more: { dnssec?: boolean; isInside?: boolean } = {}) =>
    forward(zone, ["127.0.0.1"], { port, ...more });

  /** Starts the resolver of a host, with the root's key of these tests in the real one's place. */
  function start(changes: Partial<Resolver>, domain: string, records = ""): Promise<number> {
    const slice = change(samples.dns, {
      network: { domain },
      resolver: { ...resolver, ...changes },
    });
    const text = evaluateHost<string>(
      upload("dns", slice),
      "dns",
      'environment.etc."unbound/unbound.conf".source.text',
    );
    const ours = text
      .replace(/^ *auto-trust-anchor-file:.*$/m, `  trust-anchor: "${zones.anchor}"`)
      .replace(/^ *(interface|include|access-control|directory|username|chroot|pidfile):.*\n/gm, "")
      .replace(/^ *(use-syslog|do-daemonize|ip-freebind):.*\n/gm, "")
      .replace(/^remote-control:\n( .*\n)*/m, "");
    return unbounds.start([ours, "server:", records]);
  }

  /** What the health check says about a resolver. */
  function check(port: number, ...words: string[]): { status: number | null; stderr: string } {
    return spawnSync("bash", ["-euo", "pipefail", script, `127.0.0.1@${port}`, ...words], {
      encoding: "utf8",
    });
  }

  describe("below a domain that is also public", () => {
    let port: number;

    before(async () => {
      const text =
        base.replace('"nixmox.lan"', '"corp.example"') +
        '[services.cloud]\nip = "192.168.99.21"\nports = [80]\ninterface.route = {}\n' +
        '[devices.nas]\nip = "192.168.1.20"\naliases = ["files"]\n' +
        '[[network.records]]\ntype = "TXT"\nname = "www"\ntext = """say "hi"; it\'s \\\\ fine"""\n' +
        '[[network.records]]\ntype = "CNAME"\nname = "site"\ntarget = "www.corp.example"\n' +
        '[[network.records]]\ntype = "CNAME"\nname = "outside"\ntarget = "mail.corp.example"\n' +
        '[[network.records]]\ntype = "A"\nname = "*.apps"\naddress = "192.168.1.9"\n' +
        '[[network.records]]\ntype = "SRV"\nname = "_sip._tcp"\nport = 5060\ntarget = "nas"\n';
      const { manifest } = load(text);
      const cloud = renderRecords({
        hostname: "cloud.host.corp.example",
        address: "192.168.99.21",
        domains: ["cloud.corp.example"],
        proxyAddress: "192.168.99.10",
        zones: ownZones(manifest),
      });
      const forwards = [at(".", publicDns)];
      const records = cloud + renderNetworkRecords(manifest);
      port = await start({ zoneType: "transparent", forwards }, "corp.example", records);
    });

    it("leads to the proxy what it publishes, and nowhere else", () => {
      assert.deepEqual(ask(port, "cloud.corp.example", "A").data, ["192.168.99.10"]);
      for (const type of ["AAAA", "HTTPS"]) {
        const { status, data } = ask(port, "cloud.corp.example", type);
        assert.deepEqual([status, data], ["NOERROR", []], type);
      }
    });

    it("leaves the company's site, its mail and its challenges as they are, validated", () => {
      for (const [name, type, data] of [
        ["www.corp.example", "A", "203.0.113.5"],
        ["corp.example", "MX", "10 mail.corp.example."],
        ["corp.example", "TXT", '"v=spf1 mx -all"'],
        ["_acme-challenge.cloud.corp.example", "TXT", '"token"'],
      ] as const) {
        assert.deepEqual(ask(port, name, type), {
          status: "NOERROR",
          data: [data],
          validated: true,
        });
      }
      assert.equal(ask(port, "nobody.corp.example", "A").status, "NXDOMAIN");
    });

    it("knows devices, aliases, wildcards and other records", () => {
      for (const [name, type, data] of [
        ["nas.corp.example", "A", "192.168.1.20"],
        ["files.corp.example", "A", "192.168.1.20"],
        ["20.1.168.192.in-addr.arpa", "PTR", "nas.corp.example."],
        ["any.apps.corp.example", "A", "192.168.1.9"],
        ["_sip._tcp.corp.example", "SRV", "0 0 5060 nas.corp.example."],
        ["www.corp.example", "TXT", '"say \\"hi\\"; it\'s \\\\ fine"'],
      ] as const) {
        assert.deepEqual(ask(port, name, type).data, [data], name);
      }
      assert.deepEqual(ask(port, "outside.corp.example", "A").data, [
        "203.0.113.25",
        "mail.corp.example.",
      ]);
    });
  });

  it("says that names of a domain of its own do not exist", async () => {
    const port = await start({ forwards: [at(".", publicDns)] }, "corp.example");
    assert.equal(ask(port, "www.corp.example", "A").status, "NXDOMAIN");
  });

  it("believes a forwarder without signatures only if told so, and names it otherwise", async () => {
    const strict = await start({ forwards: [at(".", router)] }, "home.lan");
    assert.equal(ask(strict, "www.corp.example", "A").status, "SERVFAIL");
    const { status, stderr } = check(strict, ".", `127.0.0.1@${router}`);
    assert.equal(status, 1);
    assert.match(stderr, /^Unable to resolve names of the internet .*dns_forwarders: SERVFAIL/);
    assert.match(stderr, /127\.0\.0\.1@\d+: its answers have no DNSSEC signatures/);

    const lenient = await start({ forwards: [at(".", router, { dnssec: false })] }, "home.lan");
    assert.deepEqual(ask(lenient, "www.corp.example", "A").data, ["203.0.113.5"]);
    assert.equal(check(lenient, ".", `127.0.0.1@${router}`).status, 0);
  });

  it("asks about a zone elsewhere, and takes private addresses from there alone", async () => {
    const inside = { dnssec: false, isInside: true };
    const forwards = [at(".", publicDns), at("friend.corp.example", router, inside)];
    const name = "rebind.friend.corp.example";
    const port = await start({ forwards }, "home.lan");
    assert.deepEqual(ask(port, name, "A").data, ["192.168.1.1"]);
    const without = await start({ forwards: [at(".", publicDns)] }, "home.lan");
    assert.deepEqual(ask(without, name, "A").data, []);
  });

  describe("its health check", () => {
    let silent: Socket;
    before(async () => {
      silent = createSocket("udp4").bind(0, "127.0.0.1");
      await once(silent, "listening");
    });
    after(() => silent.close());

    it("passes while names of others resolve", async () => {
      const port = await start({ forwards: [at(".", publicDns)] }, "home.lan");
      assert.equal(check(port).status, 0);
      assert.equal(check(port, ".", `127.0.0.1@${publicDns}`).status, 0);
    });

    it("names each forwarder that fails, and why", async () => {
      const refusing = await unbounds.start(["server:", "  access-control: 127.0.0.0/8 refuse"]);
      const { port: quiet } = silent.address();
      const forwards = [at(".", refusing), at("corp.example", quiet)];
      const port = await start({ forwards }, "home.lan");
      const words = [".", `127.0.0.1@${refusing}`, "corp.example.", `127.0.0.1@${quiet}`];
      const { status, stderr } = check(port, ...words);
      assert.equal(status, 1);
      assert.match(
        stderr,
        new RegExp(`127\\.0\\.0\\.1@${refusing}: it refuses to answer this host`),
      );
      assert.match(stderr, /names below corp\.example through network\.forward\."corp\.example"/);
      assert.match(
        stderr,
        new RegExp(`127\\.0\\.0\\.1@${quiet}: it does not answer \\(time-out\\)`),
      );
    });

    it("says so if the resolver itself does not answer", () => {
      const { status, stderr } = check(silent.address().port);
      assert.equal(status, 1);
      assert.match(stderr, /^Unable to resolve names at 127\.0\.0\.1: no answer\./);
    });
  });
});
