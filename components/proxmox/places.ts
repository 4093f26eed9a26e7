import * as pulumi from "@pulumi/pulumi";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { overlap, wholeNetwork } from "../../manifest/resolve/addresses";
import { visible } from "../../manifest/visible";
import { type Problem, type ProxmoxClient, ProxmoxError } from "./client";
import type { WantedGuest } from "./conflicts";
import type { Grant, Places } from "./privileges";

/** What the stack's configuration and the manifest say about Proxmox VE as a whole. */
export interface StackPlaces {
  readonly pool: string;
  /** Storage of the template. */
  readonly templateStorage: string;
  /** What services that say nothing else get. */
  readonly datastore: string;
  readonly bridge: string;
  /** Nodes that the manifest has a table for. */
  readonly nodes: readonly string[];
}

/** Where these containers are, which is where the API token has to be allowed something. */
export function placesOf(
  { pool, templateStorage }: StackPlaces,
  guests: readonly WantedGuest[],
): Places {
  return {
    pool,
    templateStorage,
    datastores: unique(guests.flatMap(({ datastores }) => datastores)),
    bridges: unique(guests.map(({ bridge }) => bridge)),
  };
}

/** Where the API token may be allowed something, because a service may come there. */
export function allowedPlaces(stack: StackPlaces, guests: readonly WantedGuest[]): Places {
  const used = placesOf(stack, guests);
  return {
    ...used,
    datastores: unique([stack.datastore, ...used.datastores]),
    bridges: unique([stack.bridge, ...used.bridges]),
  };
}

// Proxmox VE lists only what the token may use, which is another problem and has its own words.
const links = z.array(z.object({ iface: z.string(), cidr: z.string().optional() }));
const storages = z.array(z.object({ storage: z.string(), content: z.string().optional() }));

/** What a node has for containers. */
interface NodePlaces {
  readonly node: string;
  readonly bridges: z.infer<typeof links>;
  readonly storages: readonly { readonly storage: string; readonly isForDisks: boolean }[];
}

/**
 * Bridges and storages that the node of a service does not have.
 *
 * @param denied places where the token lacks a privilege, which is already reported
 */
export async function checkPlaces(
  client: ProxmoxClient,
  guests: readonly WantedGuest[],
  denied: readonly Grant[],
): Promise<Problem[]> {
  const names = unique(guests.map(({ node }) => node));
  const nodes = await Promise.all(names.map((node) => readNode(client, node)));
  const paths = denied.map(({ path }) => path);
  return nodes.flatMap((place) => {
    if (place === undefined) return [];
    const here = guests.filter(({ node }) => node === place.node);
    warnOfOtherNetwork(place, here);
    return [...checkBridges(place, here, paths), ...checkStorages(place, here, paths)];
  });
}

/** Nothing for a node that does not answer: its containers can't be changed, which is said when they are. */
async function readNode(client: ProxmoxClient, node: string): Promise<NodePlaces | undefined> {
  try {
    const [bridges, found] = await Promise.all([
      client.get(`nodes/${node}/network`, links, { type: "any_bridge" }),
      client.get(`nodes/${node}/storage`, storages, { enabled: "1" }),
    ]);
    const isForDisks = (content = "") => content.split(",").includes("rootdir");
    return {
      node,
      bridges,
      storages: found.map(({ storage, content }) => ({ storage, isForDisks: isForDisks(content) })),
    };
  } catch (error) {
    // 595 and the like: pveproxy can't reach the node.
    if (error instanceof ProxmoxError && (error.status ?? 0) >= 590) return undefined;
    throw error;
  }
}

function checkBridges(
  { node, bridges }: NodePlaces,
  here: readonly WantedGuest[],
  denied: readonly string[],
): Problem[] {
  const known = bridges.map(({ iface }) => iface).sort();
  return unique(here.map(({ bridge }) => bridge))
    .filter((bridge) => !known.includes(bridge))
    .filter((bridge) => !denied.includes(`/sdn/zones/localnetwork/${bridge}`))
    .map((bridge) => ({
      why: `node ${node} has no bridge ${bridge} for ${listServices(here.filter((g) => g.bridge === bridge))}; ${listKnown("bridges", known)}`,
      advice:
        "Create it there, or correct `bridge` in the manifest (of the service, its network or its node) or nixmox:bridge.",
    }));
}

function checkStorages(
  { node, storages: found }: NodePlaces,
  here: readonly WantedGuest[],
  denied: readonly string[],
): Problem[] {
  const known = found.filter(({ isForDisks }) => isForDisks).map(({ storage }) => storage);
  return unique(here.flatMap(({ datastores }) => datastores))
    .filter((storage) => !known.includes(storage) && !denied.includes(`/storage/${storage}`))
    .map((storage) => {
      const services = listServices(here.filter((g) => g.datastores.includes(storage)));
      const isThere = found.some((each) => each.storage === storage);
      const why = isThere
        ? `storage ${storage} on node ${node} does not take container disks, which ${services} needs`
        : `node ${node} has no storage ${storage} for ${services}`;
      const advice = isThere
        ? `Allow it the content \`rootdir\`, or use another one in \`datastore\`.`
        : "Correct `datastore` in the manifest (of the service or its node) or nixmox:datastore.";
      return {
        why: `${why}; ${listKnown("storages for disks", known.sort())}`,
        advice,
      };
    });
}

/**
 * Says so if a node is in a network of another size on the same bridge: with a manifest's network
 * that spans several real ones, containers would look for their neighbours where they are not.
 */
function warnOfOtherNetwork({ node, bridges }: NodePlaces, here: readonly WantedGuest[]): void {
  const networks = new Map(
    here.filter(({ vlan }) => vlan === undefined).map((guest) => [guest.cidr, guest]),
  );
  for (const [cidr, { bridge }] of networks) {
    const own = bridges.find(({ iface }) => iface === bridge)?.cidr;
    if (own === undefined || !ipaddr.IPv4.isValidCIDR(own)) continue;
    const network = wholeNetwork(own);
    if (network === cidr || !overlap(own, cidr)) continue;
    void pulumi.log.warn(
      visible(
        `Node ${node} is in ${network} on bridge ${bridge}, but the manifest says ${cidr}. Its containers get the ` +
          "manifest's gateway and prefix. If there are several networks behind it, write each as [networks.NAME].",
      ),
    );
  }
}

function listServices(guests: readonly WantedGuest[]): string {
  return guests.map(({ service }) => service).join(", ");
}

function listKnown(what: string, known: readonly string[]): string {
  return known.length > 0 ? `its ${what} are ${known.join(", ")}` : `it has no ${what}`;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
