import type { OidcClientSpec } from "../../../manifest/resolve/spec";
import type { ProviderPages } from "./pages";
import type { Upstream } from "./upstream";
import type { Visitor } from "./visitor";
import type { Wire } from "./wire";

/** A deployed homelab with single sign-on, as the cases see it. */
export interface SignOnLab {
  readonly pages: ProviderPages;
  readonly wire: Wire;
  /** The program behind `echo`, `ops` and `spa`. */
  readonly upstream: Upstream;
  /** Someone new, with an empty browser. */
  visitor(): Promise<Visitor>;
  /** A generated secret of a service. */
  secret(service: string, name: string): string;
  /** A user's generated first password. */
  password(user: string): string;
  /** A service's client, as the manifest says it. */
  client(service: string): OidcClientSpec;
  /** What a statement finds in a database. */
  sql(database: string, statement: string): Promise<string>;
  /** Keeps a picture of a page for the documentation, if asked for. */
  picture(visitor: Visitor, name: string): Promise<void>;
}

/** Who there is: see the manifest of the lab. */
export const people = {
  /** Of every group. */
  anna: "anna",
  /** A reader, no operator. */
  bob: "bob",
  /** Of no group. */
  eve: "eve",
  /** Who is about to leave the operators. */
  carl: "carl",
  /** A reader without a first password. */
  ian: "ian",
} as const;

/** What there is to open. */
export const sites = {
  miniflux: "miniflux.nixmox.lan",
  git: "git.nixmox.lan",
  prometheus: "prometheus.nixmox.lan",
  alertmanager: "alertmanager.nixmox.lan",
  /** Guarded, for readers. */
  echo: "echo.nixmox.lan",
  /** Guarded, for operators. */
  ops: "ops.nixmox.lan",
  /** The public client. */
  spa: "spa.nixmox.lan",
} as const;
