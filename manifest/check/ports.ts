import ipaddr from "ipaddr.js";
import { didYouMean } from "../didYouMean";
import { hostPorts, isAmong, selfOpened } from "../hostPorts";
import { formatPath, type Issue, type Path } from "../issue";
import { subnetsOf } from "../resolve/networks";
import { formatPorts } from "../resolve/ports";
import type { PortSpec, ServiceSpec } from "../resolve/spec";
import { isAddress } from "../schema/ports";
import { type CheckContext, pathOf } from "./context";

/** What a service listens on is not taken on its host, and each entry of `ports` says something new. */
export function checkPorts(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const base = [...pathOf(service), "ports"];
  const isWritten = context.isWritten(base);
  return service.ports.flatMap((range, i): Issue[] => {
    // What is derived is written nowhere, or as one number elsewhere.
    const path = isWritten ? [...base, i] : base;
    return [
      ...checkTaken(service, range, path),
      ...checkRepeated(service.ports.slice(0, i), range, path),
      ...checkNarrowed(service, range, path),
      ...checkSources(context, service, range, [...path, "from"]),
    ];
  });
}

function checkTaken(
  { name, modules, ports }: ServiceSpec<undefined>,
  range: PortSpec<undefined>,
  path: Path,
): Issue[] {
  const taken = hostPorts(modules).find((each) => isAmong(each, range));
  if (!taken) return [];
  const { port, program, instead } = taken;
  const isFree =
    instead !== undefined && !ports.some((each) => isAmong({ ...taken, port: instead }, each));
  const such = isFree && range.first === range.last ? `, such as ${instead}` : "";
  const message =
    `${port} on the host of ${name} is the port of ${program}. ` +
    `Let ${name} listen on another one${such}, and write that.`;
  return [{ code: "taken", path, message }];
}

function checkRepeated(
  before: readonly PortSpec<undefined>[],
  range: PortSpec<undefined>,
  path: Path,
): Issue[] {
  const first = before.find(
    (each) =>
      each.protocol === range.protocol && each.first <= range.last && range.first <= each.last,
  );
  if (!first) return [];
  const what = `${range.protocol.toUpperCase()} ${formatPorts(range)}`;
  const message =
    formatPorts(first) === formatPorts(range)
      ? `${what} is listed twice. Remove one.`
      : `${what} overlaps ${formatPorts(first)}. Leave the ports that both have to one of them.`;
  return [{ code: "written-twice", path, message }];
}

/** A module that opens a port by itself opens it to everyone that it serves. */
function checkNarrowed(
  { name, modules }: ServiceSpec<undefined>,
  range: PortSpec<undefined>,
  path: Path,
): Issue[] {
  const own = selfOpened(modules).find((each) => isAmong(each, range));
  if (!own || range.from.length === 0) return [];
  const message = `${own.program} on ${name} has ${own.port} and answers ${own.answers}. Remove from.`;
  return [{ code: "no-effect", path: [...path, "from"], message }];
}

function checkSources(
  { manifest }: CheckContext,
  service: ServiceSpec<undefined>,
  { from }: PortSpec<undefined>,
  path: Path,
): Issue[] {
  const networks = subnetsOf(manifest).map((each) => each.name);
  return from.flatMap(({ name }, i): Issue[] => {
    const at = [...path, i];
    if (from.findIndex((each) => each.name === name) < i) {
      return [{ code: "written-twice", path: at, message: `${name} is listed twice. Remove one.` }];
    }
    if (isAddress(name)) return checkHostBits(name, at);
    if (name === service.name) {
      const message = `${name} reaches its own ports anyway. Remove the entry.`;
      return [{ code: "no-effect", path: at, message }];
    }
    const other = manifest.services.find((each) => each.name === name);
    if (networks.includes(name)) {
      if (!other) return [];
      const message = `${name} is both a network and a service. Write the address that you mean.`;
      return [{ code: "taken", path: at, message }];
    }
    if (other) return [];
    const disabled = manifest.disabled.find((each) => each.name === name);
    if (disabled) {
      const message = `${name} is not enabled. Set enable = true in ${formatPath(pathOf(disabled))}.`;
      return [{ code: "disabled-service", path: at, message }];
    }
    const known = [...networks, ...manifest.services.map((each) => each.name)];
    const hint = didYouMean(
      name,
      known.filter((each) => each !== service.name),
    );
    const message =
      `there is no service or network "${name}".` +
      (hint || ` Name one, or write an address such as "192.168.1.0/24".`);
    return [{ code: "unknown-service", path: at, message }];
  });
}

/** A network is written with its own address, so that nobody takes it for a host. */
function checkHostBits(text: string, path: Path): Issue[] {
  if (!text.includes("/")) return [];
  const [address, prefix] = ipaddr.parseCIDR(text);
  const network =
    address.kind() === "ipv4"
      ? ipaddr.IPv4.networkAddressFromCIDR(text)
      : ipaddr.IPv6.networkAddressFromCIDR(text);
  if (network.toString() === address.toString()) return [];
  const whole = `${network.toString()}/${prefix}`;
  const message = `${text} is the address of a host. Use its network, ${whole}, or the host, ${address.toString()}.`;
  return [{ code: "not-a-network", path, message }];
}
