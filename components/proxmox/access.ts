import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type Problem, type ProxmoxClient, ProxmoxError } from "./client";
import type { Guest, ListedGuest } from "./guests";
import { excess, holds, type Permissions } from "./permissions";
import { commandsFor, type Grant, grantsFor, type Places } from "./privileges";

/** What the API token may do, and where. */
export function readPermissions(client: ProxmoxClient): Promise<Permissions> {
  const shape = z.record(z.string(), z.record(z.string(), z.coerce.number()));
  return client.get("access/permissions", shape);
}

/** What the token has too much is said as a warning. */
export function warnOfExcess(
  permissions: Permissions,
  places: Places,
  listed: readonly ListedGuest[],
): void {
  const grants = grantsFor(places);
  const pooled = listed.filter(({ pool }) => pool === places.pool).map(({ vmid }) => vmid);
  const tooMuch = excess(permissions, grants, pooled);
  if (tooMuch.length > 0) {
    const list = tooMuch.map(({ path, privileges }) => `${privileges.join(", ")} on ${path}`);
    void pulumi.log.warn(
      `The API token may do more on Proxmox VE than NixMox needs, and so may anyone who gets hold of it: ` +
        `${list.join("; ")}. README.md, "On your Proxmox VE", has the roles that suffice; ` +
        "`pveum acl delete PATH --tokens TOKEN --roles ROLE` takes one away.",
    );
  }
}

/** What the token lacks. */
export function checkAccess(
  permissions: Permissions,
  token: string,
  lacks: readonly Grant[],
): Problem[] {
  // Without it, only the datacenter's firewall can't be checked, which is said there.
  const missing = lacks.filter(({ path }) => path !== "/");
  if (missing.length === 0) return [];
  const list = missing.map(({ path, needs }) => `${needs.join(", ")} on ${path}`);
  return [
    {
      why: `the API token lacks the privileges ${list.join("; ")}`,
      advice: `Give them to it and to its user: ${adviceFor(permissions, missing, token)}.`,
    },
  ];
}

/** The commands for what is missing: to extend a role that is there, or to give one. */
function adviceFor(permissions: Permissions, missing: readonly Grant[], token: string): string {
  const id = token.split("=")[0]!;
  const commands = missing.flatMap((grant) => {
    const isGiven = Object.keys(permissions[grant.path] ?? {}).length > 0;
    const append = `pveum role modify ${grant.role} --append 1 --privs "${grant.needs.join(" ")}"`;
    return isGiven && grant.path !== "/vms" ? [append] : commandsFor([grant], id);
  });
  return [...new Set(commands)].map((command) => `\`${command}\``).join(", ");
}

/** Containers of this stack that the token may not change, because they are not in its pool. */
export function checkPool(
  permissions: Permissions,
  pool: string,
  own: readonly Guest[],
): Problem[] {
  const outside = own.filter(
    (guest) => guest.pool !== pool && !holds(permissions, `/vms/${guest.vmid}`, "VM.Allocate"),
  );
  if (pool === "" || outside.length === 0) return [];
  const names = outside.map(({ vmid, name }) => `${vmid} (${name})`).join(", ");
  const ids = outside.map(({ vmid }) => vmid).join(",");
  return [
    {
      why: `this stack's containers ${names} are not in the pool ${pool}, so the API token may not change them`,
      advice: `Add them: \`pvesh set /pools --poolid ${pool} --vms ${ids} --allow-move 1\`.`,
    },
  ];
}

/**
 * Says so if Proxmox VE does not enforce what containers may send. That is no reason to end the run:
 * the rules are the datacenter's, and turning them on can lock someone out of a node.
 */
export async function warnOfFirewall(client: ProxmoxClient): Promise<void> {
  const why = await firewallProblem(client);
  if (why === undefined) return;
  void pulumi.log.warn(
    `${why}, so a compromised container may be able to take its neighbours' addresses. ` +
      "`pvesh set /cluster/firewall/options --enable 1 --ebtables 1` turns it on. Before that, allow what your nodes " +
      "must accept (Datacenter, Firewall): with it on, they accept little but SSH and port 8006 from their own network.",
  );
}

async function firewallProblem(client: ProxmoxClient): Promise<string | undefined> {
  const shape = z.object({
    enable: z.coerce.number().optional(),
    ebtables: z.coerce.number().optional(),
  });
  try {
    const { enable = 0, ebtables = 1 } = await client.get("cluster/firewall/options", shape);
    if (enable === 0) return "The firewall of the Proxmox VE datacenter is off";
    return ebtables === 0 ? "The firewall of the Proxmox VE datacenter ignores ARP" : undefined;
  } catch (error) {
    if (!(error instanceof ProxmoxError) || error.status !== 403) throw error;
    return (
      "Whether the firewall of the Proxmox VE datacenter is on can't be determined without Sys.Audit on / " +
      "(`pveum acl modify / --users USER --tokens TOKEN --roles NixMoxAudit --propagate 0`)"
    );
  }
}
