import assert from "node:assert/strict";
import { after, before, it } from "mocha";
import type { Homelab } from "../homelab/homelab";
import type { SitePart } from "./part";
import { bothProtocols, type Family, portsOf, type Reach, reachOf } from "./reachable";

/** Ports that nobody may reach, and that programs like to open. */
const closed = [21, 25, 53, 80, 111, 443, 853, 2019, 3000, 5353, 5355, 6379, 7777, 8006, 10250];

/** Ports that a host listens on, or that it asks from. */
const listening = "ss -Hlntu | awk '{ n = split($5, at, \":\"); print at[n] }' | sort -un";

/** Notes what the firewall has let in: this chain comes after the firewall's own. */
const watch = `
set -e
nft -f - <<'END'
table inet reach-test
delete table inet reach-test
table inet reach-test {
  set ipv4 { type ipv4_addr . inet_proto . inet_service; size 65535; flags dynamic; }
  set ipv6 { type ipv6_addr . inet_proto . inet_service; size 65535; flags dynamic; }
  chain input {
    type filter hook input priority filter + 10; policy accept;
    iifname lo accept
    meta nfproto ipv4 meta l4proto { tcp, udp } ct state new add @ipv4 { ip saddr . meta l4proto . th dport }
    meta nfproto ipv6 meta l4proto { tcp, udp } ct state new add @ipv6 { ip6 saddr . meta l4proto . th dport }
  }
}
END
ip -6 -oneline address show dev eth0 scope link | awk '{ sub("/.*", "", $4); print $4 }'`;
const seen = "nft --numeric list table inet reach-test";
const forget = "nft delete table inet reach-test";

/**
 * Knocks at ports of addresses, which come on stdin as lines of one address and its ports, and prints
 * those of TCP that answered: a port that is let through and closed is told by the refusal.
 */
const knock = `ulimit -n 20000; python3 -c '
import socket, sys, time
targets = [(a, p.split("/")) for a, *ports in map(str.split, sys.stdin) for p in ports]
def family(address): return socket.AF_INET6 if ":" in address else socket.AF_INET
def end(address, port): return socket.getaddrinfo(address, int(port), family(address), socket.SOCK_DGRAM)[0][4]
datagrams = {f: socket.socket(f, socket.SOCK_DGRAM) for f in (socket.AF_INET, socket.AF_INET6)}
def send(address, port):
    try: datagrams[family(address)].sendto(b"knock", end(address, port))
    except OSError: pass
# A few packets wait for a neighbour that is not known yet, the rest would be lost.
for address in {a for a, _ in targets}: send(address, 9)
time.sleep(0.5)
tried = []
for address, (kind, port) in targets:
    if kind == "udp":
        send(address, port)
        continue
    s = socket.socket(family(address), socket.SOCK_STREAM)
    s.setblocking(False)
    s.connect_ex(end(address, port))
    tried.append((address, port, s))
time.sleep(1.5)
for address, (kind, port) in targets:
    if kind == "udp": send(address, port)
time.sleep(1)
for address, port, s in tried:
    try:
        s.getpeername()
        heard = True
    except OSError:
        heard = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 111
    if heard: print(address, f"tcp/{port}")
'`;

interface Host {
  readonly address: string;
  readonly local: string;
}

function describeReach(lab: () => Homelab): void {
  let expected: Reach;
  let hosts: Record<string, Host>;
  let ports: string[];

  const on = async (name: string, script: string, stdin = "") => {
    const { stdout, stderr } = await lab().on(hosts[name]!.address, script, stdin);
    assert.equal(stderr, "", name);
    return stdout;
  };
  /** What each host says, by its name. */
  const everywhere = async (script: string) =>
    Object.fromEntries(
      await Promise.all(
        Object.keys(hosts).map(async (name) => [name, await on(name, script)] as const),
      ),
    );

  before(async () => {
    expected = reachOf(lab().project);
    const services = await lab().services();
    assert.deepEqual(Object.keys(services).sort(), Object.keys(expected).sort());
    hosts = Object.fromEntries(
      Object.entries(services).map(([name, { address }]) => [name, { address, local: "" }]),
    );
    const found = Object.values(await everywhere(listening)).flatMap((text) =>
      text.split("\n").filter((each) => Number(each) > 0 && Number(each) < 32768),
    );
    assert.ok(found.includes("22") && found.includes("9100"), found.join());
    const known = [...found, ...closed].map((port) => `any/${port}`);
    ports = bothProtocols([...portsOf(expected), ...known]);
    const links = await everywhere(watch);
    hosts = Object.fromEntries(
      Object.entries(hosts).map(([name, host]) => [name, { ...host, local: links[name]!.trim() }]),
    );
  });
  after(() => everywhere(forget));

  const addressOf = (name: string, family: Family) =>
    family === "IPv4" ? hosts[name]!.address : hosts[name]!.local;

  /** What one host got an answer from, over TCP. */
  const answered = async (source: string, families: readonly Family[] = ["IPv4", "IPv6"]) => {
    const targets = families.flatMap((family) =>
      Object.keys(expected[source]![family]).map((name) => ({ family, name })),
    );
    const lines = targets.map(({ family, name }) => {
      const address = addressOf(name, family);
      return [family === "IPv4" ? address : `${address}%eth0`, ...ports].join(" ");
    });
    const text = await on(source, knock, lines.join("\n"));
    const heard = text.split("\n").map((line) => line.replace("%eth0", "").split(" "));
    return (family: Family, target: string) =>
      heard.flatMap(([at, port]) => (at === addressOf(target, family) ? [port!] : [])).sort();
  };
  /** What a host has let in, by address. */
  const letIn = (text: string) => {
    const found = [...text.matchAll(/([0-9a-f.:]+) \. (6|17) \. (\d+)/g)];
    const names: Record<string, string> = { 6: "tcp", 17: "udp" };
    return (address: string) =>
      found
        .flatMap(([, from, kind, port]) => (from === address ? [`${names[kind!]}/${port}`] : []))
        .filter((port) => ports.includes(port))
        .sort();
  };

  it("exactly the edges that the manifest implies are open, of both protocols and families", async () => {
    const heard = Object.fromEntries(
      await Promise.all(
        Object.keys(hosts).map(async (name) => [name, await answered(name)] as const),
      ),
    );
    const entered = await everywhere(seen);
    for (const [source, families] of Object.entries(expected)) {
      for (const family of ["IPv4", "IPv6"] as const) {
        for (const [target, edges] of Object.entries(families[family])) {
          const edge = `${source} to ${target} over ${family}`;
          assert.deepEqual(letIn(entered[target]!)(addressOf(source, family)), edges, edge);
          const tcp = edges.filter((each) => each.startsWith("tcp/"));
          assert.deepEqual(heard[source]!(family, target), tcp, edge);
        }
      }
    }
    const count = portsOf(expected).length;
    assert.ok(count > 10, String(count));
  });

  it("a hole is found, also over IPv6 alone", async () => {
    await on(
      "miniflux",
      `nft insert rule inet nixos-fw input-allow meta nfproto ipv6 meta l4proto { tcp, udp } th dport 7777 accept`,
    );
    const heard = await answered("dns");
    const entered = letIn(await on("miniflux", seen));
    await on("miniflux", "systemctl reload nftables");
    assert.deepEqual(heard("IPv6", "miniflux"), ["tcp/7777"]);
    assert.deepEqual(entered(hosts.dns!.local), ["tcp/7777", "udp/7777"]);
    assert.deepEqual(entered(hosts.dns!.address), expected.dns!.IPv4.miniflux);
  });
}

/** From every host to every other, as the manifest has it before other parts change it. */
export const reach: SitePart = {
  name: "between all hosts",
  describe: describeReach,
};
