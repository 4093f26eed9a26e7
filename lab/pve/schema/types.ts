/** One parameter, in the terms of Proxmox's own schema. */
export interface Parameter {
  readonly type: "string" | "integer" | "number" | "boolean";
  readonly optional?: boolean;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Set where the value is a property string (`key=value,key=value`). */
  readonly properties?: Readonly<Record<string, Parameter>>;
}

export type Parameters = Readonly<Record<string, Parameter>>;

/** Parameters of every method served, by `METHOD /path`. A name ending in `[n]` takes a number. */
export interface Schema {
  readonly source: string;
  readonly methods: Readonly<Record<string, Parameters>>;
}
