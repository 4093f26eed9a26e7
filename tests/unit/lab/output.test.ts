import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseLinks, parseRoutes } from "../../../lab/ipJson";
import { parseInfo } from "../../../lab/lxc/command";
import { optionsOf, sourcesOf } from "../../../lab/template/sources";

/** What Debian 12's programs print, and Debian 13's. */
describe("the output of other programs", () => {
  describe("lxc-info (5.0.2 and 6.0.4 print the same)", () => {
    it("tells the process of a container that runs or is frozen", () => {
      const running = { running: true, pid: 30312 };
      assert.deepEqual(parseInfo("State:          RUNNING\nPID:            30312\n"), running);
      assert.deepEqual(parseInfo("State:          FROZEN\nPID:            30312\n"), running);
    });

    it("tells that a container is stopped", () => {
      assert.deepEqual(parseInfo("State:          STOPPED\n"), { running: false });
    });

    for (const text of ["", "State:          \n", "State: UNKNOWN\nPID: 7\n", "State: RUNNING\n"]) {
      it(`is refused where it is ${JSON.stringify(text)}, rather than taken for stopped`, () => {
        assert.throws(() => parseInfo(text), /^Error: Unable to read what `lxc-info` printed: "/);
      });
    }
  });

  describe("ip -json", () => {
    const old =
      '[{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]},' +
      '{"dst":"192.0.2.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"192.0.2.2","flags":[]},' +
      '{"type":"unreachable","dst":"192.168.7.0/24","metric":0,"flags":[]}]';

    it("tells routes, of iproute2 6.1 and 6.15 alike", () => {
      assert.deepEqual(parseRoutes(old), [
        { dst: "default", dev: "eth0" },
        { dst: "192.0.2.0/24", dev: "eth0" },
        { dst: "192.168.7.0/24" },
      ]);
    });

    it("tells that there are no routes", () => {
      assert.deepEqual([parseRoutes(""), parseRoutes("[]\n")], [[], []]);
    });

    it("tells addresses, to which iproute2 6.15 adds a protocol", () => {
      const print = (protocol: string) =>
        '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,' +
        '"link_type":"loopback","address":"00:00:00:00:00:00","addr_info":[' +
        `{"family":"inet6","local":"::1","prefixlen":128,"scope":"host",${protocol}` +
        '"valid_life_time":4294967295,"preferred_life_time":4294967295}]}]';
      const address = "00:00:00:00:00:00";
      const addresses = [{ family: "inet6", local: "::1", prefixlen: 128 }];
      const expected = [{ ifname: "lo", address, addr_info: addresses }];
      assert.deepEqual(parseLinks(print("")), expected);
      assert.deepEqual(parseLinks(print('"protocol":"kernel_lo",')), expected);
    });

    it("is refused if it has a different form", () => {
      assert.throws(
        () => parseRoutes('{"dst":"default"}'),
        /^Error: Unable to read what `ip -json route` printed: .* Use the iproute2 of Debian/,
      );
      assert.throws(() => parseRoutes("default via 192.0.2.1 dev eth0"), /not valid JSON/);
      assert.throws(() => parseLinks('[{"ifname":"eth0","addr_info":[{}]}]'), /addr_info/);
    });
  });

  describe("apt-get indextargets", () => {
    const main = "http://mirror.example.org/debian/";
    const security = "http://mirror.example.org/debian-security/";
    const signed = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
    const sources = [
      `${signed} ${main} bookworm main`,
      `${signed} ${main} bookworm-updates main`,
      `${signed} ${security} bookworm-security main`,
    ];

    it("names the mirror, by the suite's current name (apt 2.6 on Debian 12)", () => {
      const targets = [
        `Debian|Debian|${main}|oldstable|main`,
        `Debian|Debian|${main}|oldstable|main`,
        `Debian|Debian|${main}|oldstable-updates|main`,
        `Debian|Debian-Security|${security}|oldstable-security|main`,
        `Debian|Debian Backports|${main}|oldstable-backports|main`,
        "Google|cloud-sdk|https://packages.example.org/apt/|cloud-sdk|main",
        `Debian|Debian|${main}|oldstable|contrib`,
        "",
      ];
      assert.deepEqual(sourcesOf(targets.join("\n")), sources);
    });

    it("names the mirror (apt 3.0 on Debian 13)", () => {
      const targets = [
        `Debian|Debian|${main}|stable|main`,
        `Debian|Debian|${main}|stable-updates|main`,
        `Debian|Debian-Security|${security}|stable-security|main`,
      ];
      assert.deepEqual(sourcesOf(targets.join("\n")), sources);
    });

    it("names no mirror if it knows no Debian archive", () => {
      const ubuntu = "Ubuntu|Ubuntu|http://mirror.example.org/ubuntu/|noble|main\n";
      for (const targets of ["", ubuntu]) {
        assert.throws(
          () => sourcesOf(targets),
          /apt knows no Debian archive\. Run `apt-get update`/,
        );
      }
    });
  });

  it("apt-config dump tells the settings that have a value", () => {
    const dump =
      "Acquire::http::Proxy \nAcquire::Check-Valid-Until false\nAcquire::Check-Date false\n";
    assert.deepEqual(optionsOf(dump), [
      'Acquire::Check-Valid-Until "false"',
      'Acquire::Check-Date "false"',
    ]);
  });
});
