import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { hostPorts } from "../../../manifest/hostPorts";
import type { PortRange } from "../../../manifest/schema/ports";
import type { Homelab, ServiceOutput } from "./homelab";

/** Ports that any host of the homelab listens on, and some that one might by mistake. */
const ports = [
  21, 22, 25, 53, 80, 111, 443, 853, 2019, 3000, 5353, 5355, 5432, 5433, 6379, 7777, 8000, 8006,
  8080, 8443, 8953, 9000, 9001, 9090, 9091, 9093, 9094, 9100, 9300, 9301, 9443, 10250,
];

/**
 * Prints what the firewall of each host lets through from here, as `ADDRESS tcp/PORT`. A port that
 * is let through and closed is told by the refusal. UDP ports that are let through answer, too: a
 * resolver its query, HTTP/3 an unknown version of QUIC, and a closed one with ICMP.
 */
const look = (addresses: readonly string[]) => `python3 - ${addresses.join(" ")} <<'END'
import socket, sys, time
ports = ${JSON.stringify(ports)}
query = b"\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\6nixmox\\3lan\\0\\0\\6\\0\\1"
quic = b"\\xc0\\x1a\\x2a\\x3a\\x4a\\x08" + b"12345678" + b"\\x08" + b"87654321" + b"\\0" * 1200
tried = []
for address in sys.argv[1:]:
    for port in ports:
        for kind in ("tcp", "udp"):
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
            s.setblocking(False)
            s.connect_ex((address, port))
            if kind == "udp": s.send({53: query, 443: quic}.get(port, b"x"))
            tried.append((address, kind, port, s))
time.sleep(2)
for address, kind, port, s in tried:
    try:
        if kind == "udp": s.recv(2048)
        else: s.getpeername()
        heard = True
    except OSError as error:
        failed = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        heard = 111 in (error.errno, failed)
    if heard: print(address, f"{kind}/{port}")
END`;

/** What everyone in the network may reach, by host. */
const open: Readonly<Record<string, readonly string[]>> = {
  caddy: ["tcp/22", "tcp/443", "tcp/80", "udp/443"],
  dns: ["tcp/22", "tcp/53", "udp/53"],
};

/** What one host may reach on another, beyond that. */
const granted: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  authentik: { postgresql: ["tcp/5432"] },
  caddy: {
    authentik: ["tcp/9000"],
    miniflux: ["tcp/8080"],
    monitoring: ["tcp/9090", "tcp/9093"],
  },
  miniflux: { postgresql: ["tcp/5432"] },
  monitoring: Object.fromEntries(
    ["authentik", "caddy", "dns", "miniflux", "postgresql"].map((name) => [name, ["tcp/9100"]]),
  ),
};

/** Where a host listens. A resolver asks others from UDP ports of all numbers above 1023. */
const listening = 'ss -Hlntu | awk \'{ n = split($5, at, ":"); print $1 "/" at[n] }\' | sort -u';

interface Slices {
  readonly hosts: Readonly<
    Record<
      string,
      { readonly service: { readonly modules: string[]; readonly listens: PortRange[] } }
    >
  >;
}

export function describeReach(lab: () => Homelab): void {
  describe("between the hosts", () => {
    let services: Record<string, ServiceOutput>;

    before(async () => {
      services = await lab().services();
    });

    /** What one host reaches on the others, by their names. */
    const reachFrom = async (source: string): Promise<Record<string, string[]>> => {
      const others = Object.entries(services).filter(([name]) => name !== source);
      const addresses = others.map(([, { address }]) => address);
      const { stdout, stderr } = await lab().on(services[source]!.address, look(addresses));
      assert.equal(stderr, "");
      const lines = stdout.split("\n").map((line) => line.split(" "));
      return Object.fromEntries(
        others.map(([name, { address }]) => [
          name,
          lines.flatMap(([at, port]) => (at === address ? [port!] : [])).sort(),
        ]),
      );
    };

    it("exactly those ports are open that the manifest asks for", async () => {
      const found = await Promise.all(Object.keys(services).map(reachFrom));
      Object.keys(services).forEach((source, i) => {
        const expected = Object.keys(services).flatMap((name) => {
          const more = granted[source]?.[name] ?? [];
          return name === source ? [] : [[name, [...(open[name] ?? ["tcp/22"]), ...more].sort()]];
        });
        assert.deepEqual(found[i], Object.fromEntries(expected), `from ${source}`);
      });
    });

    it("nothing listens at a port that is neither its service's nor known to be taken", async () => {
      const { hosts } = JSON.parse(lab().read("nixos/manifest.json")) as Slices;
      for (const [name, { address }] of Object.entries(services)) {
        const { modules, listens } = hosts[name]!.service;
        const known = [
          ...hostPorts(modules).map(({ protocol, port }) => `${protocol}/${port}`),
          ...listens.map(({ protocol, first }) => `${protocol}/${first}`),
          ...(name === "dns" ? ["udp/53"] : []),
        ];
        const { stdout, stderr } = await lab().on(address, listening);
        assert.equal(stderr, "");
        const found = stdout.split("\n").filter(Boolean);
        const isChosen = (each: string) => /^udp\/\d{4,}$/.test(each);
        assert.ok(found.includes("tcp/22") && found.includes("tcp/9100"), stdout);
        assert.deepEqual(
          found.filter((each) => !isChosen(each) && !known.includes(each)),
          [],
          name,
        );
      }
    });

    it("a hole is found, with a service behind it or without", async () => {
      const { miniflux } = services;
      const dig =
        "nft insert rule inet nixos-fw input-allow meta l4proto { tcp, udp } th dport 7777 accept";
      await lab().on(miniflux!.address, dig);
      const found = await reachFrom("dns");
      await lab().on(miniflux!.address, "systemctl reload nftables");
      assert.deepEqual(found.miniflux, ["tcp/22", "tcp/7777", "udp/7777"]);
    });
  });
}
