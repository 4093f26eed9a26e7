import { z } from "zod";
import { name, port } from "./values";

/** What a service tells a monitoring service, and what that one does with it. */

export const severities = ["critical", "warning"] as const;

/** Prometheus's own form. */
const duration = z
  .string()
  .regex(/^[1-9][0-9]{0,5}(s|m|h|d)$/, 'a duration such as "30s", "5m" or "1h"');

const secretOf = (what: string) =>
  name
    .optional()
    .meta({ examples: ["phone-token"] })
    .describe(`${what}, as the name of one of the service's \`secrets\`.`);

/** Whether what follows a colon, before a path, can be a port. */
const hasPort = (text: string) => Number(/:(\d+)(\/|$)/.exec(text)?.[1] ?? 1) <= 65535;
const portRange = "a port from 1 to 65535";

/** Dollar signs would be variables to NixOS's module. */
const httpUrl = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[A-Za-z0-9.-]+(:[1-9][0-9]{0,4})?(\/[A-Za-z0-9/._~%!&'()*+,;=:@?#-]*)?$/, {
    error: 'a URL such as "https://ntfy.nixmox.lan/alerts"',
    abort: true,
  })
  .refine(hasPort, portRange);

const address = z
  .string()
  .max(254)
  .regex(/^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$/, 'an address such as "anna@nixmox.lan"');

const webhook = z.strictObject({
  url: httpUrl
    .optional()
    .meta({ examples: ["https://ntfy.nixmox.lan/alerts"] })
    .describe("Where alerts are sent, as Alertmanager's JSON."),
  url_from: secretOf(
    "The same, for a URL that must stay secret, since anyone who knows it can send",
  ),
  bearer_from: secretOf("The token for the header `Authorization: Bearer`"),
});

const email = z.strictObject({
  to: z
    .array(address)
    .min(1)
    .meta({ examples: [["anna@nixmox.lan"]] })
    .describe("Who gets the mail."),
  from: address.meta({ examples: ["alerts@nixmox.lan"] }).describe("Sender of the mail."),
  server: z
    .string()
    .regex(/^[a-z0-9.-]+:[1-9][0-9]{0,4}$/i, {
      error: 'a name and a port such as "mail.nixmox.lan:587"',
      abort: true,
    })
    .refine(hasPort, portRange)
    .meta({ examples: ["mail.nixmox.lan:587"] })
    .describe(
      "Mail server, which must speak TLS with a valid certificate. If it is a service of the homelab, name it in `depends_on`, which lets the monitoring in.",
    ),
  user: z
    .string()
    .max(254)
    .regex(/^[A-Za-z0-9._%+@-]+$/, "a user name")
    .optional()
    .meta({ examples: ["alerts@nixmox.lan"] })
    .describe("User to log in as. Without one, mail is sent without a login."),
  password_from: secretOf("The user's password"),
});

const receiver = z.strictObject({
  webhook: webhook.optional().describe("A program that gets alerts over HTTP."),
  email: email.optional().describe("People who get alerts by mail."),
  severities: z
    .array(z.enum(severities))
    .default([...severities])
    .meta({ examples: [["critical"]] })
    .describe("Which alerts it gets."),
  resolved: z.boolean().default(true).describe("Whether it is told when an alert clears."),
});

const rule = z.strictObject({
  enable: z.boolean().default(true).describe("If false, a rule that NixMox ships is left out."),
  expr: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .meta({ examples: ["node_load5 > 8"] })
    .describe(
      "PromQL that has a result while something is wrong. Rules that NixMox ships have one.",
    ),
  for: duration
    .optional()
    .meta({ examples: ["10m"] })
    .describe(
      "How long `expr` must have a result before anyone is told. Derived: `5m`, or as NixMox ships it.",
    ),
  severity: z
    .enum(severities)
    .optional()
    .meta({ examples: ["critical"] })
    .describe("How bad it is. Derived: `warning`, or as NixMox ships it."),
  summary: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .meta({ examples: ["{{ $labels.service }} is busy."] })
    .describe("What people read, as a template of Prometheus. Derived: the rule's name."),
});

export const ruleName = z
  .string()
  .regex(
    /^[A-Z][A-Za-z0-9]{0,63}$/,
    'a name such as "DiskFull": letters and digits, the first upper-case',
  );

/** `interface.alerting` of a service that provides monitoring. */
export const alerting = z.strictObject({
  receivers: z
    .record(name, receiver)
    .default({})
    .meta({ examples: [{ phone: { webhook: { url: "https://ntfy.nixmox.lan/alerts" } } }] })
    .describe("Whom Alertmanager tells, by name. It listens on the second of `ports`."),
  rules: z
    .record(ruleName, rule)
    .default({})
    .meta({ examples: [{ ServiceDown: { for: "10m" } }] })
    .describe(
      "Further rules by name, and other values for those that NixMox ships (nixos/modules/monitoring/README.md lists them).",
    ),
});

/** An entry of `interface.metrics`. */
export const metrics = z.strictObject({
  port: port
    .optional()
    .meta({ examples: [9187] })
    .describe("TCP port, which is opened to the monitoring. Derived: the first of `ports`."),
  path: z
    .string()
    .max(256)
    .regex(/^\/[A-Za-z0-9/_.~-]*$/, 'a path such as "/metrics"')
    .default("/metrics")
    .describe("Path of the page."),
  tls: z
    .boolean()
    .optional()
    .meta({ examples: [true] })
    .describe(
      "Whether it is HTTPS, with the certificate for `hostname`. Derived: true if a route with `upstream_tls` leads to the port.",
    ),
});
