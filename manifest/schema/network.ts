import { z } from "zod";
import {
  cidr,
  forwarder,
  forwarderInput,
  privateClients,
  record,
  zoneDomain,
  zoneName,
  zoneTypes,
} from "./dns";
import { attachment } from "./networks";
import { publicKey, timeZone } from "./values";

const outposts = z.strictObject({
  ldap: z
    .strictObject({
      base_dn: z
        .string()
        .max(255)
        .regex(/^[A-Za-z]+=[\w .-]+(,[A-Za-z]+=[\w .-]+)*$/, 'a name such as "dc=nixmox,dc=lan"')
        .meta({ examples: ["dc=nixmox,dc=lan"] })
        .describe("Base of the directory tree."),
    })
    .optional()
    .describe("An LDAP server, for what can sign users in by LDAP alone."),
  radius: z
    .strictObject({
      client_networks: z
        .array(z.cidrv4())
        .default([])
        .meta({ examples: [["192.168.99.0/24"]] })
        .describe("Networks that may send requests. Empty: all networks of the manifest."),
    })
    .optional()
    .describe("A RADIUS server, for switches and access points."),
});

const keys = z.array(publicKey);

const forwarders = z.array(forwarder);
const forwardersInput = z.array(forwarderInput);

/** The networks that the internet does not route (RFC 1918). */
const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] as const;

export const network = z.strictObject({
  domain: zoneDomain
    .meta({ examples: ["nixmox.lan"] })
    .describe(
      "The homelab's domain; hosts and routes are named below it. It may be a single label, such as `lan`.",
    ),
  network_cidr: z
    .cidrv4()
    .meta({ examples: ["192.168.99.0/24"] })
    .describe("The network of all hosts that name no other one."),
  gateway: z
    .ipv4()
    .meta({ examples: ["192.168.99.1"] })
    .describe("The network's router."),
  dns_server: z
    .ipv4()
    .optional()
    .meta({ examples: ["192.168.99.13"] })
    .describe("Resolver that the hosts use. Derived: the service with the role `dns`."),
  dns_clients: z
    .array(cidr)
    .default([...privateClients])
    .meta({ examples: [["192.168.1.0/24", "fd00:1::/64"]] })
    .describe("Networks that may ask the DNS service, besides the homelab's own."),
  dns_zone: z
    .enum(zoneTypes)
    .optional()
    .meta({ examples: ["transparent"] })
    .describe(
      "What the DNS service says of names below the domain that it does not have: `static`, that they do not exist; " +
        "`transparent`, what the public DNS says. Derived: `static` for domains that the public DNS does not have, such as `.lan`.",
    ),
  dns_forwarders: forwarders
    .default([])
    .describe("Resolvers for all other names. Empty: the DNS host asks the root servers."),
  forward: z
    .record(zoneName, forwarders.min(1))
    .default({})
    .describe(
      "Resolvers for a zone of their own, by zone: an internal domain, or the reverse zone of a network.",
    ),
  records: z
    .array(record)
    .default([])
    .describe("Records of the DNS service's own, besides those of services and devices."),
  outposts: outposts.optional().describe("Further servers that Authentik runs."),
  time_zone: timeZone
    .default("UTC")
    .meta({ examples: ["Europe/Berlin"] })
    .describe("Time zone of the hosts. Their clock is their node's."),
  managed_by: z
    .enum(["proxmox", "nixos"])
    .default("proxmox")
    .meta({ examples: ["nixos"] })
    .describe(
      "What sets the addresses, router and MTU of a running host: Proxmox VE, which writes them into the container at each start, or NixOS, from the same manifest.",
    ),
  ...attachment,
  ssh_from: z
    .array(z.cidrv4())
    .min(1)
    .default([...privateNetworks])
    .meta({ examples: [["192.168.1.0/24"]] })
    .describe(
      "Networks that may reach the hosts' SSH, where only keys are accepted; the deployment comes from one of them.",
    ),
  ssh_keys: keys.default([]).describe("Public keys that may log in as root."),
});

/** The network as it may be written. */
export const networkInput = network.extend({
  dns_forwarders: forwardersInput
    .default([])
    .meta({ examples: [["9.9.9.9@853#dns.quad9.net"]] })
    .describe(network.shape.dns_forwarders.description!),
  forward: z
    .record(zoneName, forwardersInput.min(1))
    .default({})
    .meta({ examples: [{ "corp.example": ["192.168.1.5"] }] })
    .describe(network.shape.forward.description!),
  ssh_keys: z
    .union([keys, z.record(z.string(), keys)])
    .default([])
    .meta({ examples: [["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... admin@laptop"]] })
    .describe("Public keys that may log in as root, as a list or as a table by person."),
});
