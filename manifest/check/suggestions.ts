import ipaddr from "ipaddr.js";
import { sizeOf, toAddress, toNumber } from "../resolve/addresses";
import type { Manifest } from "../resolve/spec";

/** How many addresses are tried at most to find a free one. */
const maxTries = 10_000;

/** Proposes values that are valid if an error's advice is followed to the letter. */
export class Suggestions {
  private readonly addresses: Set<string>;
  private readonly vmids: Set<number>;

  constructor(
    private readonly manifest: Manifest<undefined>,
    private readonly vmidBase: number,
  ) {
    const { network, services, disabled, routes } = manifest;
    const addresses = [
      network.gateway,
      network.dns_server,
      ...network.dns_forwarders,
      ...[...services, ...disabled].map(({ ip }) => ip),
      ...routes.map(({ upstream }) => upstream?.replace(/:\d+$/, "")),
    ];
    this.addresses = new Set(addresses.filter((each) => each !== undefined));
    this.vmids = new Set(services.map(({ vmid }) => vmid).filter((vmid) => vmid !== undefined));
  }

  /**
   * A sentence that names an address that is unused in the manifest and was not proposed before;
   * without one if the network is full.
   */
  address(): string {
    const cidr = this.manifest.network.network_cidr;
    if (cidr === undefined) return "Use another one.";
    const free = this.freeAddress(cidr);
    return `Use another one inside ${cidr}${free === undefined ? "" : `, such as ${free}`}.`;
  }

  private freeAddress(cidr: string): string | undefined {
    const network = toNumber(ipaddr.IPv4.networkAddressFromCIDR(cidr).toString());
    // The first and the last address are the network's own; the lowest often belong to a router.
    const last = sizeOf(cidr) - 2;
    for (const first of last < 10 ? [1] : [10, 1]) {
      for (let number = first; number <= Math.min(last, first + maxTries); number++) {
        const address = toAddress(network + number);
        if (this.addresses.has(address) || this.vmids.has(this.vmidBase + number)) continue;
        this.addresses.add(address);
        return address;
      }
    }
    return undefined;
  }
}
