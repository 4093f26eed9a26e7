import { randomUUID } from "node:crypto";

export type Entry = Record<string, unknown>;

/** A kind of object that the test's API keeps. */
export interface Collection {
  /** The field that addresses one. */
  readonly key: string;
  readonly unique: readonly string[];
  /** What a new one has besides what was sent. */
  make(number: number): Entry;
}

const named = (component: string): Entry => ({
  component,
  verbose_name: component,
  verbose_name_plural: component,
  meta_model_name: component,
});

const provider = (component: string) => (): Entry => ({
  ...named(component),
  assigned_application_name: null,
  assigned_application_slug: null,
  assigned_backchannel_application_name: null,
  assigned_backchannel_application_slug: null,
});

const numbered = (make: () => Entry): Collection => ({
  key: "pk",
  unique: ["name"],
  make: (number) => ({ ...make(), pk: number }),
});

const identified = (make: () => Entry, unique = ["name"]): Collection => ({
  key: "pk",
  unique,
  make: () => ({ ...make(), pk: randomUUID() }),
});

const user = (number: number): Entry => ({
  pk: number,
  email: "",
  avatar: "data:,",
  uid: `uid-${number}`,
  uuid: randomUUID(),
  is_active: true,
  is_superuser: false,
  type: "internal",
  path: "users",
  groups: [],
  groups_obj: [],
  attributes: {},
  date_joined: "2026-01-01T00:00:00Z",
  last_updated: "2026-01-01T00:00:00Z",
  password_change_date: "2026-01-01T00:00:00Z",
});

/** Kinds of objects by where the API has them. */
export const COLLECTIONS: Readonly<Record<string, Collection>> = {
  "core/applications": {
    key: "slug",
    unique: ["slug"],
    make: () => ({
      pk: randomUUID(),
      provider: null,
      provider_obj: null,
      backchannel_providers: [],
      backchannel_providers_obj: [],
      launch_url: null,
      meta_icon: null,
      open_in_new_tab: false,
      policy_engine_mode: "any",
    }),
  },
  "core/groups": {
    key: "pk",
    unique: ["name"],
    make: (number) => ({
      pk: randomUUID(),
      num_pk: number,
      parent: null,
      parent_name: null,
      users: [],
      users_obj: [],
      roles: [],
      roles_obj: [],
      children: [],
      children_obj: [],
    }),
  },
  "core/users": { key: "pk", unique: ["username"], make: user },
  "core/tokens": {
    key: "identifier",
    unique: ["identifier"],
    make: (number) => ({
      pk: randomUUID(),
      user_obj: { ...user(number), username: `user-${number}`, name: "" },
      intent: "api",
      expiring: true,
      expires: "2027-01-01T00:00:00Z",
    }),
  },
  "policies/bindings": identified(
    () => ({ policy_obj: null, group_obj: null, user_obj: null }),
    [],
  ),
  "propertymappings/provider/scope": identified(() => named("scope")),
  "propertymappings/provider/radius": identified(() => named("radius")),
  "providers/oauth2": numbered(() => ({
    ...provider("oauth2")(),
    client_secret: `generated-${randomUUID()}`,
    redirect_uris: [],
    property_mappings: [],
  })),
  "providers/proxy": numbered(() => ({
    ...provider("proxy")(),
    client_id: randomUUID(),
    redirect_uris: [],
    outpost_set: [],
  })),
  "providers/ldap": numbered(() => ({ ...provider("ldap")(), outpost_set: [] })),
  "providers/radius": numbered(() => ({ ...provider("radius")(), outpost_set: [] })),
  "outposts/instances": {
    key: "pk",
    unique: ["name"],
    make: () => {
      const pk = randomUUID();
      return {
        pk,
        providers_obj: [],
        service_connection_obj: null,
        refresh_interval_s: 1,
        token_identifier: `ak-outpost-${pk}-api`,
      };
    },
  },
  "outposts/service_connections/docker": identified(() => named("docker")),
  "outposts/service_connections/kubernetes": identified(() => named("kubernetes")),
  "flows/instances": {
    key: "slug",
    unique: ["slug"],
    make: () => ({
      pk: randomUUID(),
      policybindingmodel_ptr_id: randomUUID(),
      background: "/static/background.jpg",
      cache_count: 0,
      export_url: "/export/",
      policies: [],
      stages: [],
    }),
  },
  "crypto/certificatekeypairs": identified(() => ({
    fingerprint_sha256: "aa:bb",
    fingerprint_sha1: "cc:dd",
    cert_expiry: "2030-01-01T00:00:00Z",
    cert_subject: "CN=authentik",
    private_key_available: true,
    private_key_type: "rsa",
    certificate_download_url: "/certificate",
    private_key_download_url: "/key",
    managed: null,
  })),
};
