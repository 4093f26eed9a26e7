import { createHash } from "node:crypto";
import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import * as pulumi from "@pulumi/pulumi";
import { prefixOf, shortName } from "../manifest/resolve/addresses";
import { foreignResolvers } from "../manifest/resolve/network";
import type { SubnetSpec } from "../manifest/resolve/placementSpec";
import type { NetworkSpec, ServiceSpec } from "../manifest/resolve/spec";
import type { Role } from "../manifest/schema/service";

export interface ContainerArgs {
  /** The service that the container is for. */
  readonly spec: ServiceSpec;
  /** What holds in all networks. */
  readonly network: NetworkSpec;
  /** The network that it is in. */
  readonly subnet: SubnetSpec;
  /** Proxmox VE node that it is on. */
  readonly node: string;
  readonly bridge: string;
  /** Resource pool that it is created into; empty: none. */
  readonly pool: string;
  /** Storage of the root disk. */
  readonly datastore: string;
  /** Volume id of the template that the container is created from. */
  readonly template: string;
  readonly templateType: "nixos" | "debian";
  /** Public keys that may log in at first; after that, NixOS manages them. */
  readonly sshKeys: readonly string[];
  /** A secret by which the new container is recognised: the comment of the first of these keys. */
  readonly keyComment: pulumi.Input<string>;
  /** The container's notes in Proxmox VE, which say who created it. */
  readonly description: pulumi.Input<string>;
}

/** They matter only when a container is created; a new key, template or pool must not destroy one. */
const onlyAtCreation = ["initialization.userAccount", "operatingSystem.templateFileId", "poolId"];

/**
 * What only root@pam can change, which is left as it was set by hand; the provider would replace the
 * container for it, also for its volumes.
 */
const byHand = [
  "mountPoints",
  "devicePassthroughs",
  "idmaps",
  "features",
  "hookScriptFileId",
  "unprivileged",
];

/**
 * An unprivileged LXC container on Proxmox VE with a static address.
 *
 * It is the provider's own resource, so that a preview shows its differences under its own name.
 */
export class Container extends proxmox.ContainerLegacy {
  /** Node that it is on, known before it is created. */
  readonly node: string;

  constructor(name: string, args: ContainerArgs, opts?: pulumi.CustomResourceOptions) {
    const { spec } = args;
    super(
      name,
      {
        nodeName: args.node,
        vmId: spec.vmid,
        poolId: args.pool,
        description: args.description,
        tags: ["nixmox"],
        unprivileged: true,
        features: { nesting: true },
        operatingSystem: { templateFileId: args.template, type: args.templateType },
        startOnBoot: spec.onboot,
        started: spec.start,
        startup: { order: startupOrder(spec) },
        ...hardware(args),
        ...identity(args),
      },
      {
        ...opts,
        // Two containers cannot share an id or an address.
        deleteBeforeReplace: true,
        ignoreChanges: [...onlyAtCreation, ...byHand],
      },
    );
    this.node = args.node;
  }
}

/**
 * Proxmox VE's firewall options for a container: it may send from its own addresses alone, and it is
 * no router. What reaches it is its own firewall's business.
 */
export function containerFirewall(
  name: string,
  container: Container,
  { node, vmid }: { readonly node: string; readonly vmid: number },
  opts: pulumi.CustomResourceOptions,
): proxmox.firewall.OptionsLegacy {
  return new proxmox.firewall.OptionsLegacy(
    name,
    {
      nodeName: node,
      containerId: vmid,
      enabled: true,
      inputPolicy: "ACCEPT",
      outputPolicy: "ACCEPT",
      ipfilter: true,
      macfilter: true,
      // Addresses are static, and Proxmox VE lets a DHCP client pass both filters.
      dhcp: false,
      ndp: true,
      radv: false,
    },
    // Proxmox VE forgets the options with the container.
    { ...opts, deletedWith: container, replaceWith: [container] },
  );
}

/**
 * A MAC address (locally administered) that follows from the IP address, so that neighbours still
 * recognise a container that was replaced.
 */
function macAddress(domain: string, ip: string): string {
  const digest = createHash("sha256").update(`${domain}/${ip}`).digest("hex").toUpperCase();
  return ["02", ...digest.slice(0, 10).match(/../g)!].join(":");
}

function hardware({ spec, datastore, bridge, network, subnet }: ContainerArgs) {
  const { cores, memory, swap, disk_gb: size } = spec.resources;
  return {
    cpu: { cores },
    memory: { dedicated: memory, swap },
    disk: { datastoreId: datastore, size },
    networkInterfaces: [
      {
        name: "eth0",
        bridge,
        firewall: subnet.firewall,
        vlanId: subnet.vlan_tag,
        ...(subnet.mtu !== undefined && { mtu: subnet.mtu }),
        macAddress: macAddress(network.domain, spec.ip),
      },
    ],
  };
}

function identity({ spec, network, subnet, sshKeys, keyComment }: ContainerArgs) {
  const address = `${spec.ip}/${prefixOf(subnet.cidr)}`;
  // Hosts fetch what they are built from before the homelab's own resolver exists.
  const servers = [...new Set([...spec.nameservers, ...foreignResolvers(network, subnet)])];
  return {
    initialization: {
      hostname: shortName(spec.hostname),
      dns: { domain: network.domain, servers },
      ipConfigs: [{ ipv4: { address, gateway: subnet.gateway } }],
      userAccount: { keys: commentFirst(sshKeys, keyComment) },
    },
  };
}

/** The keys, the first of them with a comment of ours in place of its own. */
function commentFirst(
  [first = "", ...others]: readonly string[],
  keyComment: pulumi.Input<string>,
) {
  const key = first.split(/\s+/).slice(0, 2).join(" ");
  return [pulumi.secret(pulumi.interpolate`${key} ${keyComment}`), ...others];
}

/** What others need starts first when the node boots, whatever else is in the manifest. */
function startupOrder({ provides, core }: ServiceSpec): number {
  const order: Role[] = ["dns", "database", "sso", "proxy"];
  const first = order.findIndex((role) => provides.includes(role));
  if (first >= 0) return first + 1;
  return order.length + (core ? 1 : 2);
}
