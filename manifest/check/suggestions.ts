import ipaddr from "ipaddr.js";
import { maxVmid } from "../schema/service";
import { sizeOf, toAddress, toNumber } from "../resolve/addresses";
import { deriveVmid, subnetsOf } from "../resolve/networks";
import type { SubnetSpec } from "../resolve/placementSpec";
import type { Manifest } from "../resolve/spec";

/** How many addresses are tried at most to find a free one. */
const maxTries = 10_000;

/** Proposes values that are valid if an error's advice is followed to the letter. */
export class Suggestions {
  private readonly addresses: Set<string>;
  private readonly vmids: Set<number>;

  constructor(
    manifest: Manifest<undefined>,
    private readonly vmidBase: number,
  ) {
    const { network, services, disabled, devices, routes } = manifest;
    const addresses = [
      ...subnetsOf(manifest).flatMap(({ gateway, dns }) => [gateway, ...dns]),
      ...network.dns_forwarders.map(({ address }) => address),
      ...[...services, ...disabled, ...Object.values(devices)].map(({ ip }) => ip),
      ...routes.map(({ upstream }) => upstream?.replace(/:\d+$/, "")),
    ];
    this.addresses = new Set(addresses.filter((each) => each !== undefined));
    this.vmids = new Set(services.map(({ vmid }) => vmid).filter((vmid) => vmid !== undefined));
  }

  /**
   * A sentence that names an address that is unused in the manifest and was not proposed before;
   * without one if the network is full.
   */
  address(subnet: SubnetSpec<undefined> | undefined): string {
    const cidr = subnet?.cidr;
    if (cidr === undefined) return "Use another one.";
    const free = this.freeAddress(subnet!, cidr);
    return `Use another one inside ${cidr}${free === undefined ? "" : `, such as ${free}`}.`;
  }

  /** The next id that no service has and none was proposed. */
  vmid(taken: number): number {
    let free = taken;
    while (this.vmids.has(free)) free = free < maxVmid ? free + 1 : this.vmidBase;
    this.vmids.add(free);
    return free;
  }

  private freeAddress(subnet: SubnetSpec<undefined>, cidr: string): string | undefined {
    const network = toNumber(ipaddr.IPv4.networkAddressFromCIDR(cidr).toString());
    // The first and the last address are the network's own; the lowest often belong to a router.
    const last = sizeOf(cidr) - 2;
    for (const first of last < 10 ? [1] : [10, 1]) {
      for (let number = first; number <= Math.min(last, first + maxTries); number++) {
        const address = toAddress(network + number);
        const vmid = deriveVmid(this.vmidBase, subnet, address);
        if (this.addresses.has(address) || vmid === undefined || this.vmids.has(vmid)) continue;
        this.addresses.add(address);
        return address;
      }
    }
    return undefined;
  }
}
