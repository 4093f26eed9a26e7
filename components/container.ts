import { createHash } from "node:crypto";
import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import * as pulumi from "@pulumi/pulumi";
import ipaddr from "ipaddr.js";
import type { Network, Service } from "../manifest/resolve";
import type { Role } from "../manifest/manifestSchema";

export interface ContainerArgs {
  readonly service: Service;
  readonly network: Network;
  /** Node for services that name none. */
  readonly node: string;
  readonly bridge: string;
  /** Storage of the root disk. */
  readonly datastore: string;
  /** Volume id of the template that the container is made from. */
  readonly template: string;
  readonly templateType: "nixos" | "debian";
  /** Public keys that may log in at first; from then on NixOS keeps them. */
  readonly sshKeys: readonly string[];
  /** Refuse, already at preview, whatever would delete or replace the container. */
  readonly protect: boolean;
  /** Containers to wait for, so that not too many are made at once on one node. */
  readonly after: readonly pulumi.Resource[];
}

/** An unprivileged LXC container on Proxmox VE with a static address. */
export class Container extends pulumi.ComponentResource {
  readonly lxc: proxmox.ContainerLegacy;
  readonly node: string;

  constructor(name: string, args: ContainerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:Container", name, {}, opts);
    this.node = args.service.node ?? args.node;
    this.lxc = new proxmox.ContainerLegacy(
      `${name}-lxc`,
      {
        nodeName: this.node,
        vmId: args.service.vmid,
        description: describe(args.service),
        tags: ["nixmox"],
        unprivileged: true,
        features: { nesting: true },
        operatingSystem: { templateFileId: args.template, type: args.templateType },
        startOnBoot: args.service.onboot,
        started: args.service.start,
        startup: { order: startupOrder(args.service) },
        ...hardware(args),
        ...identity(args),
      },
      {
        parent: this,
        protect: args.protect,
        // Two containers cannot have one id and one address.
        deleteBeforeReplace: true,
        dependsOn: [...args.after],
        // Both matter only when a container is made; a new key or template must not destroy one.
        ignoreChanges: ["initialization.userAccount", "operatingSystem.templateFileId"],
      },
    );
    this.registerOutputs({ vmid: this.lxc.vmId, node: this.lxc.nodeName });
  }
}

function describe({ name, version }: Service): string {
  return `${name}${version === undefined ? "" : ` ${version}`}, made by NixMox`;
}

/**
 * A MAC address (locally administered) that follows from the IP address, so that neighbours still
 * know a container which was made anew.
 */
function macAddress(domain: string, ip: string): string {
  const digest = createHash("sha256").update(`${domain}/${ip}`).digest("hex").toUpperCase();
  return ["02", ...digest.slice(0, 10).match(/../g)!].join(":");
}

function hardware({ service, datastore, bridge, network }: ContainerArgs) {
  const { cores, memory, swap, disk_gb } = service.resources;
  return {
    cpu: { cores },
    memory: { dedicated: memory, swap },
    disk: { datastoreId: datastore, size: disk_gb },
    networkInterfaces: [
      {
        name: "eth0",
        bridge,
        vlanId: network.vlan_tag,
        macAddress: macAddress(network.domain, service.ip),
      },
    ],
  };
}

function identity({ service, network, sshKeys }: ContainerArgs) {
  const prefix = ipaddr.IPv4.parseCIDR(network.network_cidr)[1];
  return {
    initialization: {
      hostname: service.hostname.split(".")[0]!,
      dns: { domain: network.domain, servers: resolvers(service, network) },
      ipConfigs: [{ ipv4: { address: `${service.ip}/${prefix}`, gateway: network.gateway } }],
      userAccount: { keys: [...sshKeys] },
    },
  };
}

/**
 * The homelab's own resolver, and whoever resolves foreign names while that one is not there yet:
 * hosts fetch what they are built of before it is.
 */
function resolvers({ provides }: Service, network: Network): string[] {
  const { dns_server, dns_forwarders: forwarders, gateway } = network;
  const others = forwarders.length > 0 ? forwarders : [gateway];
  return provides.includes("dns") ? others : [...new Set([dns_server, ...others])];
}

/** What others stand on starts first with its node, whatever else is in the manifest. */
function startupOrder({ provides, core }: Service): number {
  const order: Role[] = ["dns", "database", "sso", "proxy"];
  const first = order.findIndex((role) => provides.includes(role));
  if (first >= 0) return first + 1;
  return order.length + (core ? 1 : 2);
}
