import { nodeExporterPort } from "./resolve/paths";
import type { PortRange, Protocol } from "./schema/ports";

/** A port that something on a host listens on whatever the manifest says. */
export interface HostPort {
  readonly port: number;
  readonly protocol: Protocol;
  /** Who has it. */
  readonly program: string;
  /** A port that is free for the service instead. */
  readonly instead?: number;
}

const tcp = (program: string, ...ports: number[]): HostPort[] =>
  ports.map((port) => ({ port, protocol: "tcp", program }));

/** What `nixos/modules/base` runs on every host. */
const everywhere: readonly HostPort[] = [
  { port: 22, protocol: "tcp", program: "sshd, which every host runs", instead: 2222 },
  {
    port: nodeExporterPort,
    protocol: "tcp",
    program: "the node exporter, which every host runs",
    instead: nodeExporterPort + 1,
  },
];

/** What modules of `nixos/modules` listen on beside the ports of their service. */
const ofModules: Readonly<Record<string, readonly HostPort[]>> = {
  authentik: [
    ...tcp("Authentik's worker", 9001, 9301),
    ...tcp("Authentik's metrics", 9300, 9302, 9303),
    ...tcp("Authentik's own TLS, which only its host reaches", 9443),
  ],
  keycloak: [
    ...tcp("Keycloak's API, which only its host reaches", 8080),
    ...tcp("Keycloak's health checks", 9000),
  ],
  openbao: tcp("OpenBao's cluster, which has no other members", 8201),
  guacamole: tcp("guacd, which only its host reaches", 4822),
  monitoring: tcp("Loki, whose parts talk to each other there", 9095),
  caddy: [{ port: 443, protocol: "udp", program: "Caddy (HTTP/3)" }],
};

/** Ports of a service that its module itself opens to others, and who they are. */
const ownPorts: Readonly<Record<string, readonly (HostPort & { readonly answers: string })[]>> = {
  caddy: tcp("Caddy", 80, 443).map((each) => ({
    ...each,
    answers: "everyone; who may open a route is for its auth to say",
  })),
  dns: (["tcp", "udp"] as const).map((protocol) => ({
    port: 53,
    protocol,
    program: "Unbound",
    answers: "the whole network",
  })),
};

/** What a host that imports some modules listens on beside the ports of its service. */
export function hostPorts(modules: readonly string[]): HostPort[] {
  return [...everywhere, ...modules.flatMap((name) => of(ofModules, name))];
}

/** The ports of a service that its modules open by themselves. */
export function selfOpened(modules: readonly string[]) {
  return modules.flatMap((name) => of(ownPorts, name));
}

/** Whether a port is among some in a row. */
export function isAmong({ port, protocol }: HostPort, range: PortRange): boolean {
  return protocol === range.protocol && port >= range.first && port <= range.last;
}

function of<T>(table: Readonly<Record<string, readonly T[]>>, name: string): readonly T[] {
  return Object.hasOwn(table, name) ? table[name]! : [];
}
