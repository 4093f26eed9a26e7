/** What the plan has to know about a service of the manifest beyond the preview. */
export interface KnownService {
  readonly name: string;
  readonly core: boolean;
  readonly stateful: boolean;
  /** Its name in `networks`; nothing for the default one. */
  readonly network?: string | undefined;
  readonly interface?: {
    readonly dbs: Readonly<Record<string, KnownDatabase>>;
    readonly secrets: Readonly<Record<string, { readonly from?: string | undefined }>>;
  };
}

export interface KnownDatabase {
  readonly name: string;
  /** Where the manifest has it. */
  readonly place: string;
  readonly access: "own" | "read" | "share";
}
