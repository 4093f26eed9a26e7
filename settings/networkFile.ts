import { existsSync, readFileSync } from "node:fs";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { defaultNetwork } from "../manifest/schema/networks";

const cidr = z.string().refine((text) => ipaddr.IPv4.isValidCIDR(text), "is not a network");

const shape = z.object({
  network_cidr: cidr,
  networks: z.record(z.string(), cidr).default({}),
});

/**
 * The networks that replace those of the manifest, by name, as a lab writes them; none without a file.
 *
 * @throws if the file has another form
 */
export function readNetworkFile(file: string): Readonly<Record<string, string>> {
  if (!existsSync(file)) return {};
  const { network_cidr: first, networks } = shape.parse(JSON.parse(readFileSync(file, "utf8")));
  return { ...networks, [defaultNetwork]: first };
}
