import { defaultNetwork } from "../manifest/schema/networks";
import { hostNumber, prefixOf, toAddress, toNumber } from "../manifest/resolve/addresses";
import type { LabInfo } from "./info";
import { type Attachment, freeNetwork, type LabNetwork, parseNetwork } from "./network";
import { bridgeName } from "./paths";

/** The bridge that every lab has, as Proxmox calls it. */
export const BRIDGE = "vmbr0";

/** A network beside the lab's first one, as it is asked for. */
export interface WantedNetwork {
  /** As the manifest calls it; `default` is the lab's first one. */
  readonly name: string;
  readonly cidr: string;
  readonly gateway: string;
  readonly at: readonly Attachment[];
}

/** All networks of a lab, the first one first. Labs from before there were several have none beside it. */
export function networksOf(info: LabInfo): LabNetwork[] {
  const { network, bridge: link, networks = [] } = info;
  const own = networks.find(({ name }) => name === defaultNetwork);
  const at = [{ bridge: BRIDGE }, ...(own?.at ?? [])];
  const first = { name: defaultNetwork, ...network, wanted: network.cidr, link, at };
  return [first, ...networks.filter(({ name }) => name !== defaultNetwork)];
}

/** The bridges that Proxmox shows. */
export function bridgesOf(info: LabInfo): string[] {
  return [...new Set(networksOf(info).flatMap(({ at }) => at.map(({ bridge }) => bridge)))].sort();
}

/**
 * The network that a container's interface is on. A VLAN that no network of the lab has is that of the
 * bridge's first network, so that any tag works where there is only one.
 */
export function networkAt(info: LabInfo, { bridge, tag }: Attachment): LabNetwork | undefined {
  const all = networksOf(info);
  const has = (network: LabNetwork, isSame: (at: Attachment) => boolean) =>
    network.at.some((at) => at.bridge === bridge && isSame(at));
  return (
    all.find((network) => has(network, (at) => at.tag === tag)) ??
    all.find((network) => has(network, () => true))
  );
}

/** A lab's further networks once it has all that are asked for; it keeps those that it has. */
export async function addNetworks(
  info: LabInfo,
  wanted: readonly WantedNetwork[],
): Promise<readonly LabNetwork[]> {
  const known = [...(info.networks ?? [])];
  for (const each of wanted) {
    const index = known.findIndex(({ name }) => name === each.name);
    const before = known[index];
    const isSame = before?.wanted === each.cidr || each.name === defaultNetwork;
    const place = before && isSame ? before : await placeOf(info, each, known);
    const network = { ...place, name: each.name, wanted: each.cidr, at: each.at };
    if (index < 0) known.push(network);
    else known[index] = network;
  }
  return known;
}

/** An address range that this machine does not use, with the router at the same place in it. */
async function placeOf(
  info: LabInfo,
  { name, cidr, gateway }: WantedNetwork,
  known: readonly LabNetwork[],
): Promise<Pick<LabNetwork, "cidr" | "gateway" | "link">> {
  if (name === defaultNetwork) return { ...info.network, link: info.bridge };
  const before = known.find((each) => each.name === name);
  const link = before?.link ?? bridgeName(`${info.name}-${known.length + 1}`);
  const taken = [info.network, ...known.filter((each) => each.name !== name)];
  const free = await freeNetwork(
    cidr,
    link,
    taken.map((each) => each.cidr),
  );
  const base = toNumber(free.cidr.split("/")[0]!);
  const whole = parseNetwork(cidr).cidr;
  const isLarger = prefixOf(free.cidr) > prefixOf(whole);
  const router = isLarger ? free.gateway : toAddress(base + hostNumber(gateway, whole));
  return { cidr: free.cidr, gateway: router, link };
}
