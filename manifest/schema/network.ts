import { z } from "zod";
import { attachment } from "./networks";
import { domainName, publicKey } from "./values";

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

/** The networks that the internet does not route (RFC 1918). */
const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] as const;

export const network = z.strictObject({
  domain: domainName
    .meta({ examples: ["nixmox.lan"] })
    .describe("The homelab's domain; hosts and routes are named below it."),
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
  dns_forwarders: z
    .array(z.ipv4())
    .default([])
    .meta({ examples: [["9.9.9.9"]] })
    .describe("Resolvers for all other names. Empty: the DNS host asks the root servers."),
  outposts: outposts.optional().describe("Further servers that Authentik runs."),
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
  ssh_keys: z
    .union([keys, z.record(z.string(), keys)])
    .default([])
    .meta({ examples: [["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... admin@laptop"]] })
    .describe("Public keys that may log in as root, as a list or as a table by person."),
});
