import { isAmong, selfOpened } from "../hostPorts";
import { nodeExporterPort } from "../resolve/paths";
import { formatPorts } from "../resolve/ports";
import type { Manifest, PortSpec, ServiceSpec } from "../resolve/spec";
import { type PortRange, type Protocol, protocols } from "../schema/ports";
import type { Role } from "../schema/service";
import { providerOf } from "./uses";

/** The services in `depends_on` whose ports have to be opened to the service, sorted by name. */
export function opensFor<Gap>(
  manifest: Manifest<Gap>,
  service: ServiceSpec<Gap>,
): ServiceSpec<Gap>[] {
  return manifest.services.filter(
    (other) => service.depends_on.includes(other.name) && grantedPorts(other).length > 0,
  );
}

/** The ports of a service that are opened for those that depend on it. */
export function grantedPorts<Gap>({ ports, modules }: ServiceSpec<Gap>): PortSpec<Gap>[] {
  const open = selfOpened(modules);
  return ports.filter((range) => !open.some((each) => isAmong(each, range)));
}

/** Ports of one protocol, each as a number or a range. */
export interface PortList {
  readonly protocol: Protocol;
  readonly ports: readonly (number | string)[];
}

/** Ports by protocol, as firewalls list them. */
export function byProtocol(ports: readonly PortRange[]): PortList[] {
  return protocols
    .map((protocol) => ({
      protocol,
      ports: ports.filter((each) => each.protocol === protocol).map(formatPorts),
    }))
    .filter((list) => list.ports.length > 0);
}

/** Who may reach a service's host although it does not depend on the service, and at which ports. */
export interface Visitor<Gap = never> extends PortList {
  /** A service, a network of the manifest, or an address. */
  readonly name: string;
  readonly address: string | Gap;
}

/**
 * The proxy, which reaches the upstreams of the service's routes, the monitoring, and whom the
 * manifest names in `from`.
 */
export function visitorsOf<Gap>(
  manifest: Manifest<Gap>,
  service: ServiceSpec<Gap>,
): Visitor<Gap>[] {
  const upstreams = Object.values(service.interface.routes).flatMap(({ reaches }) =>
    reaches.map((each) => Number(each.split(":")[1])),
  );
  // The proxy asks it about what it guards, whatever its routes are.
  if (service.sign_on) upstreams.push(service.sign_on.forward_auth_port);
  const visits: [Role, number[]][] = [
    ["proxy", [...new Set(upstreams)].sort((a, b) => a - b)],
    ["monitoring", [...new Set([nodeExporterPort, ...pagesOf(service)])].sort((a, b) => a - b)],
  ];
  const roles = visits.flatMap(([role, ports]): Visitor<Gap>[] => {
    const visitor = providerOf(manifest, role);
    return visitor && visitor !== service && ports.length > 0
      ? [{ name: visitor.name, address: visitor.ip, protocol: "tcp", ports }]
      : [];
  });
  return [...roles, ...namedVisitors(service)];
}

/** The ports at which a service has metrics. */
function pagesOf<Gap>({ interface: { metrics } }: ServiceSpec<Gap>): number[] {
  return Object.values(metrics).flatMap(({ port }) => (typeof port === "number" ? [port] : []));
}

/** Those in `from`, each with all ports that it is named at. */
function namedVisitors<Gap>({ ports }: ServiceSpec<Gap>): Visitor<Gap>[] {
  const sources = new Map(
    ports.flatMap(({ from }) => from.map((source) => [source.name, source] as const)),
  );
  return [...sources.values()].flatMap(({ name, address }) =>
    byProtocol(ports.filter(({ from }) => from.some((source) => source.name === name))).map(
      (list) => ({ name, address, ...list }),
    ),
  );
}
