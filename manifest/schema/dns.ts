import ipaddr from "ipaddr.js";
import { z } from "zod";
import { domainName, port } from "./values";

/** What the homelab's resolver knows and asks, and who may ask it. */

const plainLabel = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const anyLabel = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";

/** The homelab's own domain, which may be a single label such as `lan`. */
export const zoneDomain = z
  .string()
  .max(200)
  .regex(
    new RegExp(`^${plainLabel}(\\.${plainLabel})*$`),
    'a domain such as "nixmox.lan", or a single label such as "lan"',
  );

/** A zone at another resolver: a domain, or the reverse zone of a network. */
export const zoneName = z
  .string()
  .max(253)
  .regex(
    new RegExp(`^${anyLabel}(\\.${anyLabel})*$`),
    'a zone such as "corp.example" or "1.168.192.in-addr.arpa"',
  );

/** Networks of either kind. Which of them holds an address is for `check/` to say. */
export const cidr = z
  .string()
  .refine(
    (text) => ipaddr.isValidCIDR(text) && text.includes("/") && isFourPart(text.split("/")[0]!),
    'a network such as "192.168.1.0/24" or "fd00:1::/64"',
  );

const address = z
  .string()
  .refine(
    (text) => isFourPart(text) && ipaddr.isValid(text),
    'an address such as "192.168.1.5" or "fd00:1::5"',
  );

/** ipaddr.js also reads 10.1 and 0x0a000001. */
function isFourPart(text: string): boolean {
  return text.includes(":") || ipaddr.IPv4.isValidFourPartDecimal(text);
}

/** Who may ask unless the manifest says otherwise: no network of the internet. */
export const privateClients = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
] as const;

/** A resolver to ask; `normalize.ts` splits the text form of it. */
export const forwarder = z.strictObject({
  address: address
    .meta({ examples: ["192.168.1.1"] })
    .describe("Its address, or all of it as text: `ADDRESS[@PORT][#TLS-NAME]`."),
  port: port.optional().describe("Derived: 53, or 853 with a TLS name."),
  tls_name: domainName
    .optional()
    .meta({ examples: ["dns.quad9.net"] })
    .describe("Asked over TLS, with a certificate for this name. Unset: in plain text."),
  dnssec: z
    .boolean()
    .optional()
    .describe(
      "Whether its answers are validated; false for a resolver that passes no signatures, as some " +
        "routers do. Derived: true, except for a zone of its own at a private address.",
    ),
});

export const forwarderInput = z
  .union([
    z
      .string()
      .meta({ examples: ["9.9.9.9@853#dns.quad9.net"] })
      .describe("`ADDRESS[@PORT][#TLS-NAME]`"),
    forwarder,
  ])
  .describe("A resolver.");

export const zoneTypes = ["transparent", "static"] as const;

const recordName = z
  .string()
  .max(253)
  .regex(
    new RegExp(`^(@|\\*|(\\*\\.)?${anyLabel}(\\.${anyLabel})*\\.?)$`),
    'a name such as "mail", "*.apps", "_sip._tcp" or "@" for the domain itself',
  );

const target = z
  .string()
  .max(253)
  .regex(
    new RegExp(`^(@|${anyLabel}(\\.${anyLabel})*\\.?)$`),
    'a name such as "nas" or "mail.corp.example"',
  );

const weight = z.int().min(0).max(65535);

const ofRecord = {
  name: recordName
    .meta({ examples: ["mail"] })
    .describe(
      "Name: `mail` for one below `network.domain`, `@` for the domain itself, or a full name. " +
        "`*.apps` is every name below `apps`, and `apps` itself.",
    ),
  ttl: z
    .int()
    .min(1)
    .max(604_800)
    .default(300)
    .describe("Seconds that others may keep the answer."),
};

const ofTarget = {
  target: target
    .meta({ examples: ["nas"] })
    .describe("Name that it leads to, written as `name` is."),
};

const kind = <T extends string>(type: T) => z.literal(type).describe("Kind of record.");

/** One record of the resolver's own. */
export const record = z.discriminatedUnion("type", [
  z.strictObject({
    type: kind("A"),
    ...ofRecord,
    address: z
      .ipv4()
      .meta({ examples: ["192.168.1.20"] })
      .describe("IPv4 address."),
  }),
  z.strictObject({
    type: kind("AAAA"),
    ...ofRecord,
    address: z
      .ipv6({ error: 'an IPv6 address such as "fd00:1::5"' })
      .meta({ examples: ["fd00:1::5"] })
      .describe("IPv6 address."),
  }),
  z.strictObject({ type: kind("CNAME"), ...ofRecord, ...ofTarget }),
  z.strictObject({
    type: kind("TXT"),
    ...ofRecord,
    text: z
      .string()
      .min(1)
      .max(4000)
      .regex(/^[ -~]*$/, "plain ASCII characters")
      .meta({ examples: ["v=spf1 mx -all"] })
      .describe("The text, which may be longer than 255 characters."),
  }),
  z.strictObject({
    type: kind("SRV"),
    ...ofRecord,
    priority: weight.default(0).describe("The lowest is tried first."),
    weight: weight.default(0).describe("Share among those of one priority."),
    port: port.meta({ examples: [5060] }).describe("Port of the service."),
    ...ofTarget,
  }),
  z.strictObject({
    type: kind("MX"),
    ...ofRecord,
    priority: weight.default(10).describe("The lowest is tried first."),
    ...ofTarget,
  }),
  z.strictObject({
    type: kind("PTR"),
    ...ofRecord,
    name: z
      .string()
      .max(253)
      .refine(
        (text) => address.safeParse(text).success || /^[a-z0-9.-]+\.arpa\.?$/.test(text),
        'an address such as "192.168.1.20", or a name that ends in .arpa',
      )
      .meta({ examples: ["192.168.1.20"] })
      .describe("Address whose name it is."),
    ...ofTarget,
  }),
]);

/** What has an address and is no container: a NAS, a printer, the router. */
export const device = z.strictObject({
  ip: address
    .meta({ examples: ["192.168.1.20"] })
    .describe("Its address, in any network. `NAME.<network.domain>` resolves to it, and back."),
  mac: z
    .string()
    .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, 'a hardware address such as "3c:ec:ef:12:34:56"')
    .optional()
    .meta({ examples: ["3c:ec:ef:12:34:56"] })
    .describe("Hardware address, for reservations at a DHCP server: the output `devices` has it."),
  aliases: z
    .array(target)
    .default([])
    .meta({ examples: [["files", "backup"]] })
    .describe("Further names, each the same as its own."),
});

export type ForwarderInput = z.output<typeof forwarder>;
export type RecordInput = z.output<typeof record>;
export type RecordType = RecordInput["type"];
export type ZoneType = (typeof zoneTypes)[number];
