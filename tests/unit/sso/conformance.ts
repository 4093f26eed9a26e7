import assert from "node:assert/strict";
import { it } from "mocha";
import type { Kind } from "./manifest";

/** What an identity provider knows, in words that fit every one: what both have to agree in. */
export interface Observed {
  /** Names of groups, and whether their members administer the provider. */
  readonly groups: Readonly<Record<string, { readonly admin: boolean }>>;
  readonly users: Readonly<Record<string, ObservedUser>>;
  /** By client id. */
  readonly clients: Readonly<Record<string, ObservedClient>>;
  /** Those who may pass the proxy, by the origin of the site: groups, or everyone. */
  readonly guarded: Readonly<Record<string, readonly string[]>>;
}

export interface ObservedUser {
  readonly email: string;
  readonly groups: readonly string[];
  readonly hasPassword: boolean;
}

export interface ObservedClient {
  readonly label: string;
  readonly isPublic: boolean;
  readonly redirectUris: readonly string[];
  /** Whether it has the secret that is in the file on the service's host; undefined without a secret. */
  readonly hasOwnSecret: boolean | undefined;
  /** Scopes that it may ask for, or gets without asking. */
  readonly scopes: readonly string[];
  readonly claims: { readonly username: string; readonly groups: string };
  /** Whose members may sign in; none: everyone. */
  readonly groups: readonly string[];
}

/**
 * What holds for every identity provider, for the manifest in `manifest.ts`. An implementation is
 * described by how what it knows is observed: as recorded resources, or by asking a real one.
 */
export function conforms(kind: Kind, observe: () => Observed | Promise<Observed>): void {
  it("has the manifest's groups, of which one administers it", async () => {
    const { groups } = await observe();
    assert.deepEqual(groups, {
      admins: { admin: true },
      operators: { admin: false },
      readers: { admin: false },
    });
  });

  it("has the manifest's users, with a first password unless they are invited", async () => {
    const { users } = await observe();
    assert.deepEqual(users, {
      anna: { email: "anna@nixmox.lan", groups: ["admins", "readers"], hasPassword: true },
      bob: { email: "bob@nixmox.lan", groups: ["readers"], hasPassword: false },
    });
  });

  it("knows a client exactly as the manifest describes it", async () => {
    const { clients } = await observe();
    assert.deepEqual(clients.notes, {
      label: "Notes",
      isPublic: false,
      redirectUris: ["https://notes.nixmox.lan/oauth2/callback"],
      hasOwnSecret: true,
      scopes: ["email", "openid", "profile"],
      claims: { username: "preferred_username", groups: "teams" },
      groups: ["readers"],
    });
  });

  it("gives a public client no secret, and everyone access if no group is named", async () => {
    const { clients } = await observe();
    assert.deepEqual(clients.app, {
      label: "App",
      isPublic: true,
      redirectUris: ["https://app.nixmox.lan/"],
      hasOwnSecret: undefined,
      scopes: ["groups", "offline_access", "openid", "profile"],
      claims: { username: "preferred_username", groups: "groups" },
      groups: [],
    });
  });

  it("knows no other clients but its own", async () => {
    const { clients } = await observe();
    const own = { authentik: [], keycloak: ["oauth2-proxy"] }[kind];
    assert.deepEqual(Object.keys(clients).sort(), ["app", "notes", ...own]);
  });

  it("lets only members of the named groups through the proxy", async () => {
    const { guarded } = await observe();
    assert.deepEqual(guarded, { "https://metrics.nixmox.lan": ["operators"] });
  });
}
