import ipaddr from "ipaddr.js";
import { z } from "zod";
import { name, port } from "./values";

export const protocols = ["tcp", "udp"] as const;
export type Protocol = (typeof protocols)[number];

const rangeForm = 'a range such as "27015-27030"';

/** Several ports in a row. */
const range = z
  .string()
  .regex(/^[1-9][0-9]{0,4}-[1-9][0-9]{0,4}$/, {
    error: `a number without quotes, or ${rangeForm}`,
    abort: true,
  })
  .refine((text) => {
    const [first, last] = endsOf(text);
    return first < last && last <= 65535;
  }, `${rangeForm}, the lower port first`);

const source = z
  .string()
  .max(64)
  .refine(
    (text) => name.safeParse(text).success || isAddress(text),
    'a service, a network of the manifest, or an address such as "192.168.1.0/24" or "fd00:1::/64"',
  );

const portTable = z.strictObject({
  port: z
    .union([port, range])
    .meta({ examples: ["27015-27030"] })
    .describe("A port, or several in a row."),
  protocol: z.enum(protocols).default("tcp").describe("What it listens for."),
  from: z
    .array(source)
    .default([])
    .meta({ examples: [["default", "192.168.1.0/24"]] })
    .describe(
      "Who may reach it directly, besides the proxy, the monitoring and services that depend on this one: services, networks of the manifest (`default` is `[network]`), addresses or networks in CIDR notation (IPv4 or IPv6; `0.0.0.0/0` is everyone). The host's firewall opens it to these alone, once the service is healthy.",
    ),
});

/** One entry of a service's `ports`: a TCP port, several in a row, or a table that says more. */
export const ports = z.array(z.union([port, range, portTable]));

/** Ports in a row; of a single one, both ends are the same. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
  readonly protocol: Protocol;
}

/** Ports in a row as they are written, with whom they are opened to. */
export interface WrittenPort extends PortRange {
  readonly from: readonly string[];
}

/** An entry of `ports`; nothing if it is not one. */
export function readPort(entry: unknown): WrittenPort | undefined {
  const { data } = ports.element.safeParse(entry);
  if (data === undefined) return undefined;
  const {
    port: written,
    protocol,
    from,
  } = typeof data === "object" ? data : { port: data, protocol: "tcp" as const, from: [] };
  const [first, last] = typeof written === "number" ? [written, written] : endsOf(written);
  return { first, last, protocol, from };
}

/** Whether a text is an address or a network, of IPv4 or IPv6. */
export function isAddress(text: string): boolean {
  return text.includes("/")
    ? ipaddr.isValidCIDR(text) && isPlain(text.split("/")[0]!)
    : isPlain(text);
}

/** Without the odd forms of IPv4 (`1.2`, `0x7f.1`), and without a zone (`fe80::1%eth0`). */
function isPlain(address: string): boolean {
  return (
    ipaddr.IPv4.isValidFourPartDecimal(address) ||
    (ipaddr.IPv6.isValid(address) && /^[0-9a-f:.]+$/i.test(address))
  );
}

function endsOf(text: string): [number, number] {
  const [first, last] = text.split("-").map(Number);
  return [first!, last!];
}
