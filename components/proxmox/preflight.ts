import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { visible } from "../../manifest/visible";
import { checkAccess, checkPool, readPermissions, warnOfExcess, warnOfFirewall } from "./access";
import { type Problem, type ProxmoxAccess, ProxmoxClient, ProxmoxError } from "./client";
import { findConflicts, formatConflict, isOwn, nameOf } from "./conflicts";
import type { StackIdentity, WantedGuest } from "./conflicts";
import {
  type Guest,
  type ListedGuest,
  isTaken,
  listGuests,
  readGuest,
  type UnreadGuest,
  withRunningAddresses,
} from "./guests";
import { lacking } from "./permissions";
import { grantsFor } from "./privileges";
import { allowedPlaces, checkPlaces, placesOf, type StackPlaces } from "./places";

export type { ProxmoxAccess, StackIdentity, StackPlaces, WantedGuest };

/**
 * Asks Proxmox VE, before anything is created, whether it accepts the token, knows the nodes, lets
 * the token do what is needed, and whether the manifest's ids, host names and addresses are free or
 * held by this stack's own containers. Throws one `pulumi.RunError` with everything that is wrong.
 */
export async function preflight(
  access: ProxmoxAccess,
  stack: StackIdentity,
  guests: readonly WantedGuest[],
  places: StackPlaces,
): Promise<void> {
  const client = new ProxmoxClient(access);
  try {
    const nodes = await listNodes(client);
    const problems = checkNodes(nodes, guests, places);
    const permissions = await readPermissions(client);
    const listed = await listGuests(client);
    const needed = placesOf(places, guests);
    const denied = lacking(permissions, grantsFor(needed));
    problems.push(...checkAccess(permissions, access.token, denied));
    warnOfExcess(permissions, allowedPlaces(places, guests), listed);
    const placed = guests.filter(({ node }) => nodes.includes(node));
    problems.push(...(await checkPlaces(client, placed, denied)));
    const found = await readGuests(client, stack, guests, listed);
    const own = found.filter((guest) => !("unread" in guest) && isOwn(stack, guests, guest));
    problems.push(...checkPool(permissions, places.pool, own as Guest[]));
    problems.push(...(await checkGuests(client, stack, guests, listed, found)));
    await warnOfFirewall(client);
    if (problems.length > 0) throw new pulumi.RunError(format(access.endpoint, problems));
  } catch (error) {
    throw error instanceof ProxmoxError ? new pulumi.RunError(error.message) : error;
  } finally {
    await client.close();
  }
}

function format(endpoint: string, problems: readonly Problem[]): string {
  const lines = problems.map(({ why, advice }) => visible(`${why}. ${advice}`));
  const [only] = lines;
  const list = lines.length === 1 ? ` ${only}` : lines.map((line) => `\n  ${line}`).join("");
  return `Unable to use Proxmox VE at ${endpoint}:${list}`;
}

async function listNodes(client: ProxmoxClient): Promise<string[]> {
  const answer = await client.get("nodes", z.array(z.object({ node: z.string() })));
  return answer.map(({ node }) => node).sort();
}

function checkNodes(
  known: readonly string[],
  guests: readonly WantedGuest[],
  { nodes }: StackPlaces,
): Problem[] {
  const named = new Set([...guests.map(({ node }) => node), ...nodes]);
  const unknown = [...named].filter((node) => !known.includes(node));
  if (unknown.length === 0) return [];
  return [
    {
      why: `it has no node ${unknown.join(", ")}; its nodes are ${known.join(", ")}`,
      advice:
        "Correct nixmox:node in the stack's configuration, or `node` and `[nodes]` in the manifest.",
    },
  ];
}

/** All guests that are still there, with their configurations. */
async function readGuests(
  client: ProxmoxClient,
  stack: StackIdentity,
  wanted: readonly WantedGuest[],
  listed: readonly ListedGuest[],
): Promise<(Guest | UnreadGuest)[]> {
  const read = await Promise.all(
    listed.map(async (each) => {
      const guest = await readGuest(client, each);
      if (guest === undefined || "unread" in guest) return guest;
      return isOwn(stack, wanted, guest) ? guest : withRunningAddresses(client, guest);
    }),
  );
  return read.filter((guest) => guest !== undefined);
}

async function checkGuests(
  client: ProxmoxClient,
  stack: StackIdentity,
  wanted: readonly WantedGuest[],
  listed: readonly ListedGuest[],
  guests: readonly (Guest | UnreadGuest)[],
): Promise<Problem[]> {
  const conflicts = findConflicts(stack, wanted, guests);
  const unseen = wanted.filter(({ vmid }) => listed.every((guest) => guest.vmid !== vmid));
  const free = freeId([...listed, ...wanted].map(({ vmid }) => vmid));
  return [
    ...conflicts.map((conflict) => {
      const own = wanted.find(({ service }) => service === conflict.service)!;
      return formatConflict(conflict, stack, own, free(own.vmid));
    }),
    ...unreadable(guests.filter((guest) => conflicts.every((c) => c.guest !== guest))),
    ...(await Promise.all(unseen.map((own) => checkHidden(client, own)))).flat(),
  ];
}

function freeId(taken: readonly number[]) {
  const ids = new Set(taken);
  return (from: number): number => {
    let id = from;
    while (ids.has(id)) id++;
    return id;
  };
}

/** Guests that might have an address from the manifest, which can't be determined. */
function unreadable(guests: readonly (Guest | UnreadGuest)[]): Problem[] {
  const unread = guests.filter((guest) => "unread" in guest);
  const offline = [...new Set(unread.filter((g) => g.offline).map(({ node }) => node))];
  for (const node of offline) {
    void pulumi.log.warn(
      `Node ${visible(node)} does not answer, so its guests' addresses were not compared with the manifest's.`,
    );
  }
  return unread
    .filter((guest) => !guest.offline)
    .map((guest) => ({
      why: `the configuration of ${nameOf(guest)} can't be read, so its addresses are unknown: ${guest.unread}`,
      advice: "Give the API token VM.Audit on it.",
    }));
}

/** An id may be taken by a guest that the token can't see. */
async function checkHidden(client: ProxmoxClient, own: WantedGuest): Promise<Problem[]> {
  if (!(await isTaken(client, own.vmid))) return [];
  return [
    {
      why: `service ${own.service} has vmid ${own.vmid} in the manifest, and so has a guest that the API token may not see`,
      advice: `Give service ${own.service} another vmid.`,
    },
  ];
}
