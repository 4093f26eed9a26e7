import type { FaultyManifest } from "./context";
import type { GroupSpec, Manifest, UserSpec } from "./spec";

export function resolveGroups({ groups }: FaultyManifest): Record<string, GroupSpec> {
  return Object.fromEntries(
    Object.entries(groups ?? {}).map(([name, group]) => [
      name,
      { description: group?.description ?? "", admin: group?.admin ?? false },
    ]),
  );
}

export function resolveUsers({
  users,
  network,
}: FaultyManifest): Record<string, UserSpec<undefined>> {
  const domain = network?.domain;
  return Object.fromEntries(
    Object.entries(users ?? {}).map(([key, user]) => [
      key,
      {
        name: user?.name ?? key,
        email: user?.email ?? (domain === undefined ? undefined : `${key}@${mailDomain(domain)}`),
        groups: user?.groups ?? [],
        password: user?.password,
      },
    ]),
  );
}

/** The users who have a generated first password; the others are invited. */
export function usersWithPassword({ users }: Pick<Manifest, "users">): string[] {
  return Object.keys(users).filter((user) => users[user]!.password === "generated");
}

/** Providers accept no address whose domain is a single label. */
function mailDomain(domain: string): string {
  return domain.includes(".") ? domain : `mail.${domain}`;
}
