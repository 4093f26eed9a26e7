import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "mocha";
import { renderAccess } from "../../components/remoteHost";
import { byProtocol, grantedPorts, opensFor, visitorsOf } from "../../manifest/graph/access";
import { stepsOf } from "../../manifest/graph/steps";
import { mainPort } from "../../manifest/resolve/ports";
import { sliceOf } from "../../manifest/slice";
import { base, load } from "./fixtures";

const text = `${base}
[services.game]
ip = "192.168.99.20"
ports = [
  { port = "27015-27030", protocol = "udp", from = ["0.0.0.0/0", "fd00:1::/64"] },
  { port = 27015, from = ["default"] },
  8080,
  { port = 1883, from = ["default", "sensors", "192.168.7.9"] },
  { port = 1884, protocol = "udp", from = ["sensors", "guests"] },
]
[networks.guests]
cidr = "192.168.30.0/24"
gateway = "192.168.30.1"
[services.sensors]
ip = "192.168.99.21"
[services.board]
ip = "192.168.99.22"
depends_on = ["game", "dns", "caddy"]
`;
const { manifest } = load(text);
const find = (name: string) => manifest.services.find((each) => each.name === name)!;
const rules = (name: string) =>
  renderAccess(
    visitorsOf(manifest, find(name)).map(({ name: comment, address: source, ...ports }) => ({
      source,
      comment,
      ...ports,
    })),
  );

describe("ports", () => {
  it("are opened to whom the manifest names, with their protocol, and to nobody else", () => {
    assert.deepEqual(rules("game").trimEnd().split("\n"), [
      'ip saddr 0.0.0.0/0 udp dport { 27015-27030 } accept comment "0.0.0.0/0"',
      'ip6 saddr fd00:1::/64 udp dport { 27015-27030 } accept comment "fd00:1::/64"',
      'ip saddr 192.168.99.0/24 tcp dport { 27015, 1883 } accept comment "default"',
      'ip saddr 192.168.99.21 tcp dport { 1883 } accept comment "sensors"',
      'ip saddr 192.168.99.21 udp dport { 1884 } accept comment "sensors"',
      'ip saddr 192.168.7.9 tcp dport { 1883 } accept comment "192.168.7.9"',
      'ip saddr 192.168.30.0/24 udp dport { 1884 } accept comment "guests"',
    ]);
    assert.equal(rules("sensors"), "");
  });

  it("are opened in a form that nftables accepts", function () {
    const input = `table inet t { chain input {\n${rules("game")}\n}\n}\n`;
    const { status, stderr, error } = spawnSync("nft", ["--check", "--file", "-"], { input });
    if (error) this.skip();
    assert.equal(status, 0, String(stderr));
  });

  it("are opened once the service is healthy", () => {
    const step = stepsOf(manifest).find(({ id }) => id === "game.firewall");
    assert.deepEqual(step?.needs, ["game.healthy"]);
    assert.ok(!stepsOf(manifest).some(({ id }) => id === "sensors.firewall"));
  });

  it("of a service are all open to those that depend on it", () => {
    assert.deepEqual(
      opensFor(manifest, find("board")).map(({ name }) => name),
      ["game"],
    );
    assert.deepEqual(byProtocol(grantedPorts(find("game"))), [
      { protocol: "tcp", ports: ["27015", "8080", "1883"] },
      { protocol: "udp", ports: ["27015-27030", "1884"] },
    ]);
  });

  it("beside those that a resolver or proxy opens to everyone are opened like any other", () => {
    const more = load(
      text.replace('ip = "192.168.99.13"', 'ip = "192.168.99.13"\nports = [53, 853]'),
    ).manifest;
    const dns = more.services.find(({ name }) => name === "dns")!;
    assert.deepEqual(byProtocol(grantedPorts(dns)), [{ protocol: "tcp", ports: ["853"] }]);
  });

  it("lead routes to the first TCP port", () => {
    assert.equal(mainPort(find("game")), 27015);
    const udp = `${base}[services.vpn]\nip = "192.168.99.20"\ninterface.route = {}\n`;
    const ports = 'ports = [{ port = 51820, protocol = "udp" }, 8000]\n';
    const { manifest: found } = load(udp.replace("interface", `${ports}interface`));
    const { upstream } = found.services.find(({ name }) => name === "vpn")!.interface.routes
      .default!;
    assert.equal(upstream, "192.168.99.20:8000");
  });

  it("are known to their own host in full, and to others by their TCP ports", () => {
    const { service } = sliceOf(manifest, find("game"));
    assert.deepEqual(service.ports, [27015, 8080, 1883]);
    assert.deepEqual(service.listens.slice(0, 3), [
      { first: 27015, last: 27030, protocol: "udp", restricted: true },
      { first: 27015, last: 27015, protocol: "tcp", restricted: true },
      { first: 8080, last: 8080, protocol: "tcp", restricted: false },
    ]);
    assert.deepEqual(sliceOf(manifest, find("board")).peers.game?.ports, [27015, 8080, 1883]);
  });

  it("move with the network", () => {
    const moved = load(text, "manifest.toml", {
      networkCidrs: { default: "10.7.0.0/24" },
    }).manifest;
    const game = moved.services.find(({ name }) => name === "game")!;
    const addresses = game.ports.flatMap(({ from }) => from.map(({ address }) => address));
    assert.ok(addresses.includes("10.7.0.0/24") && addresses.includes("10.7.0.21"));
    assert.ok(addresses.includes("192.168.7.9"));
  });
});
