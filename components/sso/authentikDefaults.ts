import type * as pulumi from "@pulumi/pulumi";
import { renderScript } from "../script";
import type { ProviderSecret, SingleSignOnArgs } from "./contract";

/** What every Authentik has, by the name that `authentik-defaults.sh` prints: ids of its own. */
export const defaultNames = [
  "authorization-flow",
  "authentication-flow",
  "log-out-flow",
  "certificate",
  "embedded-outpost",
  "scope-openid",
  "scope-profile",
  "scope-offline_access",
] as const;

export type DefaultName = (typeof defaultNames)[number];

/** Looks a default up. */
export type Defaults = (name: DefaultName) => pulumi.Output<string>;

/**
 * Asks Authentik's host for the ids of what its first start creates, once that is there. It is asked
 * once, by a command, so that a preview needs no host.
 */
export function authentikDefaults(
  name: string,
  { host, spec }: Pick<SingleSignOnArgs, "host" | "spec">,
  token: ProviderSecret,
  opts: pulumi.CustomResourceOptions,
): Defaults {
  const { stdout } = host.run(
    name,
    { create: renderScript("authentik-defaults", spec.sign_on.api_port, token.path) },
    opts,
  );
  const ids = stdout.apply(parseDefaults);
  return (each) => ids.apply((found) => found[each]!);
}

/** Reads lines such as `certificate 6f0c…`. */
export function parseDefaults(printed: string): Readonly<Record<string, string>> {
  const ids = Object.fromEntries(
    printed
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );
  const missing = defaultNames.filter((each) => !ids[each]);
  if (missing.length === 0) return ids;
  throw new Error(
    `Unable to configure Authentik: it has no ${missing.join(", ")}. ` +
      "Look at authentik-worker.service on its host, which creates them.",
  );
}
