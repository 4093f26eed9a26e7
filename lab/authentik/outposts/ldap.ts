import {
  createServer,
  InsufficientAccessRightsError,
  InvalidCredentialsError,
  NoSuchObjectError,
  type Server,
} from "ldapjs";
import { textOf } from "../json";
import type { JsonObject } from "../model";
import { runOutpost, type Member, type Outpost } from "./outpost";

/** DNs are compared without regard to case and spaces. */
const normal = (dn: string): string => dn.toLowerCase().replace(/\s*([,=])\s*/g, "$1");

interface Entry {
  readonly dn: string;
  readonly attributes: Record<string, string | string[]>;
}

const userDn = (name: string, base: string): string => `cn=${name},ou=users,${base}`;
const groupDn = (name: string, base: string): string => `cn=${name},ou=groups,${base}`;

function userEntry(user: JsonObject, provider: JsonObject): Entry {
  const base = textOf(provider.base_dn);
  const name = textOf(user.username);
  const groups = ((user.groups_obj ?? user.groups ?? []) as JsonObject[]).map((group) =>
    groupDn(textOf(group.name), base),
  );
  const number = String((provider.uid_start_number as number) + (user.pk as number));
  return {
    dn: userDn(name, base),
    attributes: {
      cn: name,
      sAMAccountName: name,
      uid: textOf(user.uid),
      name: textOf(user.name),
      displayName: textOf(user.name),
      mail: textOf(user.email),
      objectClass: [
        "top",
        "person",
        "organizationalPerson",
        "inetOrgPerson",
        "user",
        "posixAccount",
      ],
      uidNumber: number,
      gidNumber: number,
      homeDirectory: `/home/${name}`,
      memberOf: groups,
      "ak-active": String(user.is_active === true),
    },
  };
}

function groupEntry(group: JsonObject, provider: JsonObject): Entry {
  const base = textOf(provider.base_dn);
  const name = textOf(group.name);
  const members = ((group.users_obj ?? []) as JsonObject[]).map((user) =>
    userDn(textOf(user.username), base),
  );
  return {
    dn: groupDn(name, base),
    attributes: {
      cn: name,
      sAMAccountName: name,
      uid: textOf(group.pk),
      objectClass: ["top", "group", "groupOfNames"],
      gidNumber: String((provider.gid_start_number as number) + (group.num_pk as number)),
      member: members,
    },
  };
}

/** Answers simple binds, and searches for users and groups. */
export async function serveLdap(outpost: Outpost, host: string, port: number): Promise<Server> {
  const server = createServer();
  const members = new WeakMap<object, Member>();
  const providerOf = (dn: string) =>
    outpost.providers.find(({ base_dn }) =>
      `,${normal(dn)}`.endsWith(`,${normal(textOf(base_dn))}`),
    );

  server.bind("", (request: Bind, response: Reply, next: Next) => {
    const dn = request.dn.toString();
    const provider = providerOf(dn);
    const [, name] = /^cn=([^,]+),/i.exec(dn.replace(/\s*([,=])\s*/g, "$1")) ?? [];
    if (!provider || name === undefined || request.credentials === "") {
      next(new InvalidCredentialsError());
      return;
    }
    outpost
      .signIn(provider, textOf(provider.bind_flow_slug), name, request.credentials)
      .then((member) => {
        if (!member) return next(new InvalidCredentialsError());
        members.set(request.connection, member);
        response.end();
        return next();
      })
      .catch((error: Error) => {
        console.error(`LDAP bind: ${error.message}`);
        next(new InvalidCredentialsError());
      });
  });

  server.search("", (request: Search, response: Reply, next: Next) => {
    const base = request.dn.toString();
    const member = members.get(request.connection);
    const provider = providerOf(base);
    if (!member) return next(new InsufficientAccessRightsError());
    if (!provider) return next(new NoSuchObjectError());
    entries(outpost, provider, member)
      .then((all) => {
        for (const entry of all.filter(({ dn }) => within(dn, base, request.scope))) {
          if (request.filter.matches(entry.attributes)) response.send(entry);
        }
        response.end();
        return next();
      })
      .catch((error: Error) => {
        console.error(`LDAP search: ${error.message}`);
        next(new InsufficientAccessRightsError());
      });
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return server;
}

/** Those whom a member may see: everyone, or only themselves. */
async function entries(outpost: Outpost, provider: JsonObject, member: Member): Promise<Entry[]> {
  if (!member.maySearch) return [userEntry(member.user, provider)];
  const [users, groups] = await Promise.all([
    outpost.list("/core/users/"),
    outpost.list("/core/groups/"),
  ]);
  return [
    ...users.map((user) => userEntry(user, provider)),
    ...groups.map((group) => groupEntry(group, provider)),
  ];
}

function within(dn: string, base: string, scope: string | number): boolean {
  const [own, above] = [normal(dn), normal(base)];
  if (scope === "base" || scope === 0) return own === above;
  if (own !== above && !own.endsWith(`,${above}`)) return false;
  const depth = (text: string) => text.split(",").length;
  return scope === "sub" || scope === 2 || depth(own) === depth(above) + 1;
}

// What ldapjs gives to handlers, whose published types leave it open.
interface Bind {
  readonly dn: { toString(): string };
  readonly credentials: string;
  readonly connection: object;
}
interface Search {
  readonly dn: { toString(): string };
  readonly scope: string | number;
  readonly connection: object;
  readonly filter: { matches(attributes: object): boolean };
}
interface Reply {
  send(entry: Entry): void;
  end(): void;
}
type Next = (error?: object) => void;

if (require.main === module) {
  void runOutpost("ldap", "AUTHENTIK_LISTEN__LDAP", "0.0.0.0:3389", async (...args) => {
    await serveLdap(...args);
  });
}
