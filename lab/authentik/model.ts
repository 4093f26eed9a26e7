/** What this Authentik keeps, as its API names it. Ids that the API derives are not stored. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

export interface User {
  pk: number;
  uuid: string;
  /** Derived from the installation's secret key; the default subject of tokens. */
  uid: string;
  username: string;
  name: string;
  email: string;
  is_active: boolean;
  type: "internal" | "external" | "service_account" | "internal_service_account";
  path: string;
  attributes: JsonObject;
  groups: string[];
  /** As {@link file://./passwords.ts} hashes it; null: nobody signs in with a password. */
  password: string | null;
  date_joined: string;
  last_login: string | null;
  last_updated: string;
  password_change_date: string;
}

export interface Group {
  pk: string;
  num_pk: number;
  name: string;
  is_superuser: boolean;
  parent: string | null;
  roles: string[];
  attributes: JsonObject;
}

export interface Application {
  pk: string;
  slug: string;
  name: string;
  provider: number | null;
  backchannel_providers: number[];
  open_in_new_tab: boolean;
  meta_launch_url: string;
  meta_description: string;
  meta_publisher: string;
  policy_engine_mode: "any" | "all";
  group: string;
}

export type ProviderKind = "oauth2" | "proxy" | "ldap" | "radius";

export interface RedirectUri {
  matching_mode: "strict" | "regex";
  url: string;
}

/** A provider of any kind: what all have, and the fields of its kind by their API names. */
export interface Provider extends JsonObject {
  pk: number;
  kind: ProviderKind;
  name: string;
  authorization_flow: string;
  invalidation_flow: string;
}

export interface Outpost {
  pk: string;
  name: string;
  type: "proxy" | "ldap" | "radius" | "rac";
  providers: number[];
  service_connection: string | null;
  config: JsonObject;
  managed: string | null;
}

export interface Token {
  pk: string;
  managed: string | null;
  identifier: string;
  intent: "verification" | "api" | "recovery" | "app_password";
  user: number;
  description: string;
  expires: string | null;
  expiring: boolean;
  key: string;
}

export interface Binding {
  pk: string;
  policy: string | null;
  group: string | null;
  user: number | null;
  target: string;
  negate: boolean;
  enabled: boolean;
  order: number;
  timeout: number;
  failure_result: boolean;
}

export interface ScopeMapping {
  pk: string;
  managed: string | null;
  name: string;
  scope_name: string;
  description: string;
  expression: string;
}

export interface Flow {
  pk: string;
  slug: string;
  name: string;
  title: string;
  designation: string;
  authentication: string;
  denied_action: string;
  layout: string;
  policy_engine_mode: "any" | "all";
  compatibility_mode: boolean;
}

export interface Certificate {
  pk: string;
  name: string;
  managed: string | null;
  /** PEM. */
  certificate: string;
  /** PEM, or empty. */
  key: string;
}

export interface Brand extends JsonObject {
  brand_uuid: string;
  domain: string;
  default: boolean;
}

/** What is gone after a while: sessions, codes, tokens of sign-ins. */
export type Artifact = JsonObject;

export interface Kinds {
  user: User;
  group: Group;
  application: Application;
  provider: Provider;
  outpost: Outpost;
  token: Token;
  binding: Binding;
  mapping: ScopeMapping;
  flow: Flow;
  certificate: Certificate;
  brand: Brand;
  artifact: Artifact;
}

export type Kind = keyof Kinds;
