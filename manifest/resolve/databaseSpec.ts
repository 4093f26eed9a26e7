/** A database that a service uses. */
export interface DatabaseSpec<Gap = never> {
  /** Its key in the manifest, for messages on hosts: `services.notes.interface.db`. */
  readonly place: string;
  /**
   * What the service is to the database: the one that it belongs to, a second host of that one, or
   * one that only reads.
   */
  readonly access: "own" | "share" | "read";
  /** The service and the key that the database belongs to, if it is another service's. */
  readonly of?: { readonly service: string; readonly key: string } | undefined;
  /** The service that provides it. */
  readonly service: string | Gap;
  readonly host: string | Gap;
  readonly port: number | Gap;
  readonly name: string;
  /** The role that it belongs to. */
  readonly owner: string;
  /** The role that the service logs in with. */
  readonly role: string;
  /** The services that only read it. */
  readonly readers: readonly string[];
  readonly collation?: string | undefined;
  readonly ctype?: string | undefined;
  readonly encoding?: string | undefined;
  readonly template: "template0" | "template1";
  readonly extensions: readonly string[];
  readonly additionaldbs: readonly string[];
  /** Connections that its role may have open at once. */
  readonly connection_limit: number | Gap;
  readonly on_remove: "keep" | "drop" | Gap;
  /** File on the service's host that holds the password of its role. */
  readonly password_file: string;
}

/** What the databases of a server need besides PostgreSQL itself. */
export interface DatabaseNeeds {
  readonly extensions: readonly ExtensionSpec[];
  /** Locales as the C library lists them, such as `de_DE.UTF-8/UTF-8`. */
  readonly locales: readonly string[];
}

/** An extension that a server needs a package or a library for. */
export interface ExtensionSpec {
  readonly name: string;
  /** Its package in `postgresql.pkgs`; none if PostgreSQL itself has it. */
  readonly package?: string | undefined;
  /** Whether the package is known to exist. */
  readonly known: boolean;
  /** The library that the server loads when it starts. */
  readonly preload?: string | undefined;
  /** The key of the manifest that asks for it. */
  readonly wanted_by: string;
}
