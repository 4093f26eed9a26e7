import { z } from "zod";

/** Kinds of values that several tables of the manifest have. */

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

/** A key that names a service, a database, a route or a secret. */
export const name = z.string().regex(
  // Numbers alone would be places in a list to Pulumi's paths, and no host names.
  /^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/,
  "lower-case letters, digits and dashes, 32 at most, at least one of them a letter, with no dash at either end",
);

export const domainName = z
  .string()
  .max(253)
  .regex(new RegExp(`^${label}(\\.${label})+$`), 'a full domain name such as "git.nixmox.lan"');

/**
 * A name that people open, or every name that is one part longer than another. The homelab's domain may
 * be a single label.
 */
export const routeDomain = z
  .string()
  .max(253)
  .regex(
    new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`),
    'a full domain name such as "git.nixmox.lan" or "*.apps.nixmox.lan"',
  );

export const sqlName = z
  .string()
  .regex(
    /^[a-z0-9_][a-z0-9_-]{0,62}$/,
    "lower-case letters, digits, _ and -, 63 at most, with no dash at the start",
  );

export const port = z.int().min(1).max(65535);

export const seconds = z.int().min(1).max(86400);

export const upstream = z
  .string()
  .regex(/^[a-z0-9.-]+:[1-9][0-9]{0,4}$/i, {
    error:
      'an address and a port such as "192.168.99.14:8080" (a device gets a [routes.NAME] instead)',
    abort: true,
  })
  .refine((value) => {
    return Number(value.split(":")[1]) <= 65535;
  }, "a port from 1 to 65535");

export const publicKey = z
  .string()
  .regex(/^(ssh|ecdsa|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?$/, "one line of an OpenSSH .pub file");

export const unit = z
  .string()
  .max(255)
  // Commands would take a leading dash for an option.
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9:_.@-]*\.(service|socket|timer|target)$/,
    'a unit such as "caddy.service"',
  );

/** Shell text that runs on the service's host. */
export const command = z.string().min(1);

/** What a group or a user is called: valid at both identity providers, in lists and in URLs. */
const account = /^[a-z]([a-z0-9._-]{0,62}[a-z0-9])?$/;
const accountForm = "lower-case letters, digits, dots, dashes and underscores, 64 at most";

export const groupName = z.string().regex(account, accountForm);

export const userName = z.string().regex(account, accountForm);

/** A member of a token, whose name also stands in an expression at the provider. */
export const claim = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.:/-]{0,63}$/, 'a claim such as "preferred_username"');

/** A path that stands in the proxy's configuration. */
export const publicPath = z
  .string()
  .max(256)
  .regex(
    /^\/(?!.*\/\.{1,2}(\/|\*?$))[A-Za-z0-9/_.~-]*\*?$/,
    'a path such as "/health" or "/api/*"',
  );

/** Whether a host may be rebooted where a running system cannot become the new one. */
export const reboot = z.enum(["never", "when_needed"]);
export type Reboot = z.output<typeof reboot>;

/** A time zone in the spelling of the tz database, which the host's C library needs. */
export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'a time zone such as "Europe/Berlin" or "UTC", as the tz database spells it');

function isTimeZone(name: string): boolean {
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*){0,2}$/.test(name)) return false;
  try {
    const known = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
    // It also knows names by other letters' case, and old names by what they are called today.
    return known === name || known.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}
