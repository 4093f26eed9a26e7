import { formatPorts } from "../../../manifest/resolve/ports";
import { dropInOf, type Registration } from "../registration";
import type { ServiceSpec } from "../../../manifest/resolve/spec";
import { type Finding, type PolicyContext, type Rule, specOf } from "../rule";

/**
 * What a service needs opened on another host is opened for that service. Ports for everyone are
 * opened by a host's NixOS configuration, which is compared with the manifest where it is evaluated
 * (nixos/modules/base/firewall.nix).
 */
export const openPorts: Rule = {
  name: "open-ports",
  description:
    "Ports and databases are opened to single hosts of the manifest, and to those whom `from` names.",
  check: (registration, context) => {
    const dropIn = dropInOf(registration);
    const lines = dropIn?.content.split("\n").filter((line) => line.trim() !== "") ?? [];
    const isNarrow = dropIn && narrow[dropIn.kind];
    if (!isNarrow) return [];
    return lines
      .filter((line) => !isNarrow(line, context))
      .filter((line) => !(dropIn.kind === "firewall" && isNamed(line, registration, context)))
      .map((line): Finding => ({
        why: `${registration.name} lets in more than one host of the manifest: ${line.trim()}`,
        advice:
          "Name the address of the service that needs it, or whom `from` in ports is to let in.",
        key: ["ports"],
      }));
  },
};

/** Whether a line lets in a single host, by the kind of the file. */
const narrow: Readonly<Record<string, (line: string, context: PolicyContext) => boolean>> = {
  firewall: (line, context) => isHost(readRule(line)?.source, context),
  hba: (line, context) => {
    const rule = /^host(?:ssl)? "[^"]+" "[^"]+" ([\d.]+)\/32 scram-sha-256$/.exec(line);
    return isHost(rule?.[1], context);
  },
};

interface FirewallRule {
  readonly source: string;
  readonly protocol: string;
  readonly ports: readonly string[];
}

/** A line that lets one address or network reach some ports, and nothing else. */
function readRule(line: string): FirewallRule | undefined {
  const [, source, protocol, ports] =
    /^ip6? saddr ([\da-f.:/]+) (tcp|udp) dport \{ ([\d, -]+) \} (?:ct count \d+ )?accept(?: comment "[^"]*")?$/i.exec(
      line,
    ) ?? [];
  return source === undefined
    ? undefined
    : { source, protocol: protocol!, ports: ports!.split(", ") };
}

/** Whether the manifest names who is let in, at each of the ports, on the service's own host. */
function isNamed(line: string, registration: Registration, context: PolicyContext): boolean {
  const spec = specOf(registration, context);
  const rule = readRule(line);
  if (!spec || !rule || registration.name !== `${spec.name}-firewall`) return false;
  return rule.ports.every((port) => spec.ports.some((range) => isNamedAt(range, port, rule)));
}

function isNamedAt(range: ServiceSpec["ports"][number], port: string, rule: FirewallRule): boolean {
  return (
    range.protocol === rule.protocol &&
    formatPorts(range) === port &&
    range.from.some(({ address }) => address === rule.source)
  );
}

function isHost(address: string | undefined, { manifest }: PolicyContext): boolean {
  return manifest.services.some(({ ip }) => ip === address);
}
