import { z } from "zod";
import { auth } from "./auth";
import { route } from "./contracts";
import { domainName } from "./values";

/** A URL's scheme, host and port, with nothing behind them. */
const upstreamForm =
  /^(?:https?:\/\/)?(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::[1-9][0-9]{0,4})?$/i;

const externalUpstream = z
  .string()
  .max(300)
  .regex(upstreamForm, {
    error: 'a scheme, an address and a port such as "https://192.168.1.5:8006"',
    abort: true,
  })
  .refine(
    (value) => Number(/(?<!\[[^\]]*):(\d+)$/.exec(value)?.[1] ?? 1) <= 65535,
    "a port from 1 to 65535",
  );

const upstreamTls = z.strictObject({
  insecure: z
    .boolean()
    .default(false)
    .describe(
      "Any certificate is accepted: anyone who can answer in place of the device reads what is sent to it. Prefer `ca`.",
    ),
  ca: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .meta({ examples: ["certificates/pve-root-ca.pem"] })
    .describe(
      "File with the certificate of the authority that the device's own must come from, or with that certificate itself, as PEM; relative to the manifest. Without it, public authorities are trusted.",
    ),
  server_name: domainName
    .optional()
    .meta({ examples: ["pve1.nixmox.lan"] })
    .describe("Name in the device's certificate. Derived: the host in `upstream`."),
});

/** A device is no client of the identity provider: the proxy asks for the sign-in. */
const deviceAuth = auth.omit({ oidc: true, forward_auth_upstream: true }).extend({
  type: z
    .enum(["forward_auth", "none"])
    .default("none")
    .describe("Whether users sign in before the proxy lets them in."),
});

const { domain, ...shared } = route.omit({
  auth: true,
  authz: true,
  upstream: true,
  upstream_tls: true,
}).shape;

/** A route to what is no container of the manifest: a NAS, a router, Proxmox VE's own page. */
export const externalRoute = z.strictObject({
  domain: domain.describe("Public name. Derived: `<name>.<network.domain>`."),
  ...shared,
  auth: deviceAuth.optional().describe("How users sign in before the device's own page."),
  upstream: externalUpstream
    .optional()
    .meta({ examples: ["https://192.168.1.5:8006"] })
    .describe(
      "Where requests go: `http://` or `https://`, a host, and a port if it is not the scheme's own. Without a scheme it is http.",
    ),
  upstream_tls: upstreamTls
    .optional()
    .describe("How the certificate of an `https://` upstream is checked."),
});
