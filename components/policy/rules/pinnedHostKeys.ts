import { type Registration, reveal, tableOf, unknown } from "../registration";
import type { Rule } from "../rule";

/** `@pulumi/command` accepts any host if it is given no host key. */
export const pinnedHostKeys: Rule = {
  name: "pinned-host-keys",
  description: "Every connection to a host names the host key that it must have.",
  check: (registration) => {
    if (!registration.type.startsWith("command:remote:") || isPinned(registration)) return [];
    return [
      {
        why: `${registration.name} connects to a host without a pinned host key`,
        advice: "Run it through RemoteHost (components/remoteHost.ts), which pins the key.",
      },
    ];
  },
};

function isPinned({ inputs, sourcesOf }: Registration): boolean {
  const connection = reveal(inputs.connection);
  // The key is read from a new host by a resource of that name.
  if (connection === unknown) return sourcesOf("connection").some((n) => n.endsWith("-host-key"));
  const hops = [connection, tableOf(connection).proxy].filter((hop) => hop !== undefined);
  return hops.length > 0 && hops.every((hop) => hasKey(tableOf(hop).hostKey));
}

function hasKey(key: unknown): boolean {
  return key === unknown || (typeof key === "string" && key.trim() !== "");
}
