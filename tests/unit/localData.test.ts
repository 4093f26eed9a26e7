import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { renderRecords } from "../../components/dnsRecords";
import { renderNetworkRecords } from "../../components/networkRecords";
import { base, load } from "./fixtures";

const record = (...keys: string[]) => `[[network.records]]\n${keys.join("\n")}\n`;
const render = (text: string) => renderNetworkRecords(load(base + text).manifest).split("\n");

describe("the records of a homelab's resolver", () => {
  it("has devices by name, by address and by their aliases", () => {
    const nas =
      '[devices.nas]\nip = "192.168.1.20"\nmac = "3C:EC:EF:12:34:56"\naliases = ["files", "backup.nixmox.lan"]\n';
    const { manifest } = load(base + nas);
    assert.equal(manifest.devices.nas?.mac, "3c:ec:ef:12:34:56");
    assert.deepEqual(renderNetworkRecords(manifest).split("\n"), [
      'local-zone: "20.1.168.192.in-addr.arpa." typetransparent',
      'local-data: "20.1.168.192.in-addr.arpa. 300 IN PTR nas.nixmox.lan."',
      'local-data: "backup.nixmox.lan. 300 IN A 192.168.1.20"',
      'local-data: "files.nixmox.lan. 300 IN A 192.168.1.20"',
      'local-data: "nas.nixmox.lan. 300 IN A 192.168.1.20"',
      "",
    ]);
  });

  it("has every kind of record, with names in full", () => {
    const lines = render(
      record('type = "AAAA"', 'name = "mail"', 'address = "fd00:1::5"', "ttl = 60") +
        record('type = "MX"', 'name = "@"', 'target = "mail"') +
        record('type = "SRV"', 'name = "_sip._tcp"', "port = 5060", 'target = "mail"') +
        record('type = "PTR"', 'name = "fd00:1::5"', 'target = "mail"'),
    );
    assert.ok(lines.includes('local-data: "mail.nixmox.lan. 60 IN AAAA fd00:1::5"'));
    assert.ok(lines.includes('local-data: "nixmox.lan. 300 IN MX 10 mail.nixmox.lan."'));
    assert.ok(
      lines.includes('local-data: "_sip._tcp.nixmox.lan. 300 IN SRV 0 0 5060 mail.nixmox.lan."'),
    );
    assert.ok(lines.some((line) => /ip6\.arpa\. 300 IN PTR mail\.nixmox\.lan\."$/.test(line)));
  });

  it("cuts long texts in parts, and lets nothing end the quotes around them", () => {
    const [line = ""] = render(
      record('type = "TXT"', 'name = "x"', `text = '''a"b'c\\d${"e".repeat(255)}'''`),
    );
    assert.equal(
      line,
      `local-data: 'x.nixmox.lan. 300 IN TXT "a\\034b\\039c\\092d${"e".repeat(248)}" "eeeeeee"'`,
    );
  });

  it("gives an alias what it leads to, over several others, and follows it outside", () => {
    assert.deepEqual(
      render(
        record('type = "CNAME"', 'name = "a"', 'target = "b"') +
          record('type = "CNAME"', 'name = "b"', 'target = "caddy"') +
          record('type = "CNAME"', 'name = "c"', 'target = "www.example.org"'),
      ),
      [
        'local-zone: "c.nixmox.lan." redirect',
        'local-data: "a.nixmox.lan. 300 IN A 192.168.99.10"',
        'local-data: "b.nixmox.lan. 300 IN A 192.168.99.10"',
        'local-data: "c.nixmox.lan. 300 IN CNAME www.example.org."',
        "",
      ],
    );
  });

  it("has wildcards, and names below them that are something else", () => {
    assert.deepEqual(
      render(
        record('type = "A"', 'name = "*.apps"', 'address = "192.168.1.9"') +
          record('type = "A"', 'name = "one.apps.nixmox.lan"', 'address = "192.168.1.8"'),
      ),
      [
        'local-zone: "apps.nixmox.lan." redirect',
        'local-zone: "one.apps.nixmox.lan." static',
        'local-data: "apps.nixmox.lan. 300 IN A 192.168.1.9"',
        'local-data: "one.apps.nixmox.lan. 300 IN A 192.168.1.8"',
        "",
      ],
    );
  });

  it("keeps names of other domains apart, and says that they hide the public ones", () => {
    const text = record('type = "A"', 'name = "www.example.org"', 'address = "192.168.1.9"');
    assert.deepEqual(render(text), [
      'local-zone: "www.example.org." transparent',
      'local-data: "www.example.org. 300 IN A 192.168.1.9"',
      "",
    ]);
    assert.match(load(base + text).warnings[0] ?? "", /www\.example\.org, which is not below/);
  });

  it("publishes a wildcard of a route", () => {
    const zones = new Map([["apps.nixmox.lan", "redirect" as const]]);
    assert.equal(
      renderRecords({
        hostname: "one.nixmox.lan",
        address: "192.168.99.17",
        domains: ["*.apps.nixmox.lan"],
        proxyAddress: "192.168.99.10",
        zones,
      }),
      'local-data: "one.nixmox.lan. 300 IN A 192.168.99.17"\n' +
        'local-data-ptr: "192.168.99.17 300 one.nixmox.lan"\n' +
        'local-zone: "apps.nixmox.lan." redirect\n' +
        'local-data: "apps.nixmox.lan. 300 IN A 192.168.99.10"\n',
    );
  });
});
