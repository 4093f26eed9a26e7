import { base } from "../fixtures";

const service = (ports: string, more = "") =>
  `${base}[services.broker]\nip = "192.168.99.20"\nports = ${ports}\n${more}`;
const opened = (from: string) => service(`[8883, { port = 1883, from = [${from}] }]`);
const role = (name: string, ports: string) =>
  base.replace(
    new RegExp(`\\[core_services\\.${name}\\]\\n`),
    (line) => `${line}ports = ${ports}\n`,
  );

/** Ports that cannot be opened as the manifest says. */
export const portErrors: Record<string, [text: string]> = {
  "a port of neither form": [service("[true]")],
  "a port as text": [service('["8080"]')],
  "a range with its ends swapped": [service('["30100-30000"]')],
  "a range that ends too high": [service('[{ port = "65000-65536" }]')],
  "a port without its number": [service('[{ protocol = "udp" }]')],
  "an unknown protocol": [service('[{ port = 1883, protocol = "tpc" }]')],
  "an unknown key of a port": [service('[{ port = 1883, form = ["default"] }]')],
  "a port that is listed twice": [service("[1883, 1883]")],
  "ports that overlap": [service('["30000-30100", 30050]')],
  "the port of SSH": [service("[3000, 22]")],
  "the port of the node exporter": [service("[9100]")],
  "a range with the port of the node exporter": [service('[{ port = "9000-9200" }]')],
  "the port of a program beside the service": [
    `${base}[core_services.keycloak]\nip = "192.168.99.12"\nports = [8080, 4180]\n`,
  ],
  "the proxy's own port, narrowed": [role("caddy", '[{ port = 443, from = ["default"] }, 80]')],
  "the resolver's own port, narrowed": [role("dns", '[{ port = 53, from = ["192.168.1.0/24"] }]')],
  "a port of HTTP/3 for something else": [
    role("caddy", '[443, 80, { port = 443, protocol = "udp" }]'),
  ],
  "a port that is opened to a network's host": [opened('"192.168.1.5/24"')],
  "a port that is opened to an IPv6 network's host": [opened('"fd00:1::5/64"')],
  "a port that is opened to half an address": [opened('"192.168.1"')],
  "a port that is opened to too large a prefix": [opened('"192.168.1.0/33"')],
  "a port that is opened to an unknown service": [opened('"pstgresql"')],
  "a port that is opened to an unknown name": [opened('"everyone"')],
  "a port that is opened to the service itself": [opened('"broker"')],
  "a port that is opened to one twice": [opened('"default", "default"')],
  "a port that is opened to a service that is off": [
    `${opened('"sensors"')}[services.sensors]\nip = "192.168.99.21"\nenable = false\n`,
  ],
};
