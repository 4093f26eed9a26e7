import { dropInOf } from "../registration";
import type { Finding, PolicyContext, Rule } from "../rule";

/**
 * What a service needs opened on another host is opened for that service. Ports for everyone are
 * opened by a host's NixOS configuration, which is compared with the manifest where it is evaluated
 * (nixos/modules/base/firewall.nix).
 */
export const openPorts: Rule = {
  name: "open-ports",
  description: "Ports and databases are opened to single hosts of the manifest, never to everyone.",
  check: (registration, context) => {
    const dropIn = dropInOf(registration);
    const lines = dropIn?.content.split("\n").filter((line) => line.trim() !== "") ?? [];
    const isNarrow = dropIn && narrow[dropIn.kind];
    if (!isNarrow) return [];
    return lines
      .filter((line) => !isNarrow(line, context))
      .map((line): Finding => ({
        why: `${registration.name} lets in more than one host of the manifest: ${line.trim()}`,
        advice: "Name the address of the service that needs it.",
        key: ["ports"],
      }));
  },
};

/** Whether a line lets in a single host, by the kind of the file. */
const narrow: Readonly<Record<string, (line: string, context: PolicyContext) => boolean>> = {
  firewall: (line, context) => {
    const rule =
      /^ip saddr ([\d.]+) tcp dport \{ [\d, ]+ \} (ct count \d+ )?accept( comment "[^"]*")?$/.exec(
        line,
      );
    return isHost(rule?.[1], context);
  },
  hba: (line, context) => {
    const rule = /^host(?:ssl)? "[^"]+" "[^"]+" ([\d.]+)\/32 scram-sha-256$/.exec(line);
    return isHost(rule?.[1], context);
  },
};

function isHost(address: string | undefined, { manifest }: PolicyContext): boolean {
  return manifest.services.some(({ ip }) => ip === address);
}
