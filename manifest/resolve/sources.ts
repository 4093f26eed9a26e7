import { isAddress } from "../schema/ports";
import type { Context } from "./context";
import { subnetsOf } from "./networks";

/** The address or network that a name in `from` stands for; nothing if it is none that is known. */
export function resolveSource(context: Context, name: string): string | undefined {
  if (isAddress(name)) return name;
  const subnet = subnetsOf(context).find((each) => each.name === name);
  if (subnet) return subnet.cidr;
  return context.entries.find((each) => each.name === name && each.entry.enable !== false)?.entry
    .ip;
}
