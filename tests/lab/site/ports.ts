import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { after, before, it } from "mocha";
import type { Homelab } from "../homelab/homelab";
import type { SitePart } from "./part";

/** Addresses outside the networks that SSH is open to, which this machine has while the tests run. */
const [guest, stranger] = ["198.51.100.7", "203.0.113.7"];

const lines = `ports = [
  { port = 1883, from = ["198.51.100.0/24", "miniflux"] },
  { port = 1884, from = ["default"] },
  { port = 27015, from = ["fe80::/64"] },
  { port = "27015-27016", protocol = "udp", from = ["198.51.100.0/24", "miniflux", "fe80::/64"] },
]`;

const manifest = `
[services.games]
ip = "192.168.99.90"
modules = []
${lines}
`;

/** Listens with both protocols at each port, and answers with the address that asked. */
const program = `import selectors, socket
ready = selectors.DefaultSelector()
for port in (1883, 1884, 27015, 27016):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        s = socket.socket(socket.AF_INET6, kind)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("::", port))
        if kind == socket.SOCK_STREAM: s.listen()
        ready.register(s, selectors.EVENT_READ, kind)
name = lambda peer: peer[0].removeprefix("::ffff:").split("%")[0].encode()
while True:
    for key, _ in ready.select():
        if key.data == socket.SOCK_STREAM:
            connection, peer = key.fileobj.accept()
            connection.sendall(name(peer))
            connection.close()
        else:
            _, peer = key.fileobj.recvfrom(64)
            key.fileobj.sendto(name(peer), peer)
`;

const host = `{ pkgs, ... }:
{
  systemd.services.games = {
    description = "A program that listens at many ports";
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      DynamicUser = true;
      ExecStart = "/usr/bin/python3 \${pkgs.writeText "games.py" ''
${program}''}";
    };
  };
  nixmox.sandbox.games = { };
}
`;

const asked = [22, 1883, 1884, 27015, 27016].flatMap((port) => [`tcp/${port}`, `udp/${port}`]);
const patience = 2000;

/** What a port answers to this machine, which asks from an address of its own; nothing if it does not. */
function answer(address: string, from: string, each: string): Promise<string | undefined> {
  const [protocol, port] = [each.slice(0, 3), Number(each.slice(4))];
  return new Promise((resolve) => {
    const end = (stop: () => void, data?: Buffer) => {
      clearTimeout(timer);
      stop();
      resolve(data?.toString());
    };
    let timer: NodeJS.Timeout;
    if (protocol === "tcp") {
      const client = connect({ host: address, port, localAddress: from });
      const stop = () => client.destroy();
      timer = setTimeout(() => end(stop), patience);
      client.on("data", (data) => end(stop, data)).on("error", () => end(stop));
    } else {
      const client = createSocket(address.includes(":") ? "udp6" : "udp4");
      const stop = () => client.close();
      timer = setTimeout(() => end(stop), patience);
      client.on("message", (data) => end(stop, data)).on("error", () => end(stop));
      client.bind(0, from, () => client.send("who am I?", port, address));
    }
  });
}

/** The same from a host of the homelab, as lines such as `tcp/1883 192.168.99.15`. */
const answers = (address: string) => `
for each in ${asked.join(" ")}; do
  timeout 2 bash -c "exec 3<>/dev/\${each%/*}/${address}/\${each#*/}
    [[ $each == tcp/* ]] || echo who am I? >&3
    echo $each \\$(dd bs=64 count=1 status=none <&3)" &
done 2>/dev/null
wait`;

interface Link {
  readonly dev: string;
}

function describePorts(lab: () => Homelab): void {
  let games: string;
  let link: string;

  before(async () => {
    games = (await lab().services()).games!.address;
    const route = execFileSync("ip", ["-json", "route", "get", games], { encoding: "utf8" });
    link = (JSON.parse(route) as Link[])[0]!.dev;
    for (const each of [guest, stranger]) {
      execFileSync("ip", ["address", "add", `${each}/32`, "dev", link]);
    }
  });
  after(() => {
    for (const each of [guest, stranger]) {
      execFileSync("ip", ["address", "delete", `${each}/32`, "dev", link]);
    }
  });

  /** Which ports answer this machine at one of its addresses. Each must have seen that address. */
  const reached = async (from: string, address = games) => {
    const found = await Promise.all(
      asked.map(async (each) => [each, await answer(address, from, each)] as const),
    );
    const open = found.filter(([, text]) => text !== undefined);
    for (const [each, text] of open) {
      if (each !== "tcp/22") assert.equal(text, from.split("%")[0], each);
    }
    return open.map(([each]) => each);
  };
  /** Which ports answer a host of the homelab. */
  const reachedBy = async (service: string) => {
    const { address } = (await lab().services())[service]!;
    const { stdout, stderr } = await lab().on(address, answers(games));
    assert.equal(stderr, "");
    const open = stdout.split("\n").flatMap((line) => {
      const [each = "", text = ""] = line.split(" ");
      return text === "" ? [] : [[each, text]];
    });
    for (const [each, text] of open) if (each !== "tcp/22") assert.equal(text, address, each);
    return open.map(([each]) => each).sort();
  };
  const udp = ["udp/27015", "udp/27016"];

  it("answers those outside its network that the manifest names, and no others", async () => {
    assert.deepEqual(await reached(guest), ["tcp/1883", ...udp]);
    assert.deepEqual(await reached(stranger), []);
  });

  it("answers its network only where that is named", async () => {
    const neighbour = games.replace(/\d+$/, "1");
    assert.deepEqual(await reached(neighbour), ["tcp/22", "tcp/1884"]);
    assert.deepEqual(await reachedBy("dns"), ["tcp/1884", "tcp/22"]);
  });

  it("answers a service that it names, which is also in its network", async () => {
    assert.deepEqual(await reachedBy("miniflux"), ["tcp/1883", "tcp/1884", "tcp/22", ...udp]);
  });

  it("answers over IPv6 likewise", async () => {
    const local = /inet6 (fe80:[0-9a-f:]+)/;
    const shown = await lab().on(games, "ip -6 address show scope link dev eth0");
    const own = execFileSync("ip", ["-6", "address", "show", "scope", "link", "dev", link]);
    const [there, here] = [shown.stdout, String(own)].map((text) => local.exec(text)![1]!);
    const found = await reached(`${here!}%${link}`, `${there!}%${link}`);
    assert.deepEqual(found, ["tcp/27015", ...udp]);
  });

  it("no longer answers whom the manifest no longer names", async () => {
    lab().edit("manifest/nixmox.toml", (text) =>
      text.replaceAll('["198.51.100.0/24", "miniflux"', '["miniflux"'),
    );
    const { stdout: urns } = await lab().pulumi("stack", "--stack", "dev", "--show-urns");
    const urn = /urn:\S+::games-firewall(?=\s)/.exec(urns)![0];
    const { status, stdout, stderr } = await lab().pulumi(
      ...["up", "--stack", "dev", "--yes", "--skip-preview", "--target", urn],
    );
    assert.equal(status, 0, stdout + stderr);
    assert.deepEqual(await reached(guest), []);
    assert.deepEqual(await reachedBy("miniflux"), ["tcp/1883", "tcp/1884", "tcp/22", ...udp]);
  });
}

/** Ports that are opened to addresses, networks and services, of both protocols. */
export const ports: SitePart = {
  name: "ports that are opened to some",
  manifest,
  hosts: { games: host },
  describe: describePorts,
};
