import { isIPv4, isIPv6 } from "node:net";

/** Says what is wrong with a value, in Proxmox's words. */
type Format = (value: string) => string | undefined;

const matches =
  (pattern: RegExp, message: string): Format =>
  (value) =>
    pattern.test(value) ? undefined : `${message}\n`;

const list =
  (separator: RegExp, format: Format): Format =>
  (value) =>
    value
      .split(separator)
      .filter(Boolean)
      .map(format)
      .find((error) => error !== undefined);

const cidr = (isAddress: (text: string) => boolean, shortest: number, longest: number) => {
  return (value: string) => {
    const [address, prefix, ...rest] = value.split("/");
    const length = /^\d+$/.test(prefix ?? "") ? Number(prefix) : -1;
    return rest.length === 0 && isAddress(address!) && length >= shortest && length <= longest;
  };
};
const isCidr4 = cidr(isIPv4, 8, 32);
const isCidr6 = cidr(isIPv6, 8, 128);

const label = "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?";
const dnsName = matches(
  new RegExp(`^(${label}\\.)*${label}$`),
  "value does not look like a valid DNS name",
);
const address: Format = (value) =>
  isIPv4(value) || isIPv6(value) ? undefined : "value does not look like a valid IP address\n";
const volumeName = matches(/^[-_.\w\d]+$/, "value does not match the regex pattern");
const size = matches(/^\d+(\.\d+)?([KMGT](iB)?)?$/, "value does not look like a valid disk size");

/** Formats that the published schema leaves out, by parameter. */
const FORMATS: Readonly<Record<string, Format>> = {
  hostname: dnsName,
  nameserver: list(/[,;\s]+/, address),
  searchdomain: list(/[,;\s]+/, dnsName),
  startup: matches(/^(order=)?\d+(,|$)|^(up|down)=\d+/, "unable to parse startup options"),
  tags: list(/[,;\s]+/, matches(/^[a-z0-9_][a-z0-9_\-+.]*$/i, "invalid characters in tag")),
  storage: matches(/^[a-z][a-z0-9\-_.]*[a-z0-9]$/i, "storage ID contains illegal characters"),
  pool: matches(/^[A-Za-z0-9._\-/]+$/, "value does not look like a valid pool name"),
  delete: list(/[,;\s\0]+/, matches(/^[a-z][a-z0-9_-]+$/i, "invalid configuration ID")),
  node: matches(new RegExp(`^${label}$`), "value does not look like a valid node name"),
  "net.name": volumeName,
  "net.bridge": volumeName,
  "net.hwaddr": matches(
    /^[a-f0-9][02468ace](:[a-f0-9]{2}){5}$/i,
    "value does not look like a valid unicast MAC address",
  ),
  "net.ip": (value) =>
    /^(dhcp|manual)$/.test(value) || isCidr4(value)
      ? undefined
      : "value does not look like a valid ipv4 network configuration\n",
  "net.ip6": (value) =>
    /^(dhcp|manual|auto)$/.test(value) || isCidr6(value)
      ? undefined
      : "value does not look like a valid ipv6 network configuration\n",
  "net.gw": (value) =>
    isIPv4(value) ? undefined : "value does not look like a valid IPv4 address\n",
  "net.gw6": (value) =>
    isIPv6(value) ? undefined : "value does not look like a valid IPv6 address\n",
  "rootfs.size": size,
  "mp.size": size,
  // The path ends up in LXC's configuration: one line, without a way out of the container.
  "mp.mp": (value) =>
    /^\/[^\s,]*$/.test(value) && !/(^|\/)\.\.?(\/|$)/.test(value)
      ? undefined
      : `${value} contains illegal character sequences\n`,
};

/** Checks a value's format, if its parameter has one. */
export function checkFormat(parameter: string, value: string): string | undefined {
  const error = FORMATS[parameter]?.(value);
  if (error === undefined) return undefined;
  return error.startsWith("value does not match") ? error.trim() : `invalid format - ${error}`;
}
