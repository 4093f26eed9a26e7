import { isAddress } from "../schema/ports";
import type { Context } from "./context";
import type { NetworkSpec } from "./spec";

/** What the table `[network]` is called where networks are named. */
const defaultNetwork = "default";

/** The manifest's networks in CIDR notation, by name. */
export function networksByName({
  network_cidr: cidr,
}: Pick<NetworkSpec<undefined>, "network_cidr">): Readonly<Record<string, string | undefined>> {
  return { [defaultNetwork]: cidr };
}

/** The address or network that a name in `from` stands for; nothing if it is none that is known. */
export function resolveSource({ network, entries }: Context, name: string): string | undefined {
  if (isAddress(name)) return name;
  const networks = networksByName(network);
  if (Object.hasOwn(networks, name)) return networks[name];
  return entries.find((each) => each.name === name && each.entry.enable !== false)?.entry.ip;
}
