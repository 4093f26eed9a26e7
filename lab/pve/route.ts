import type { Cluster } from "./cluster";
import type { Session } from "./session";

/** A request whose parameters match the method's schema. */
export interface Call {
  readonly cluster: Cluster;
  readonly session: Session;
  readonly params: Readonly<Record<string, string>>;
  /** Empty if the method does not concern a node. */
  readonly node: string;
  /** 0 if the method does not concern a container. */
  readonly vmid: number;
}

/** One method of the API. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As Proxmox documents it, such as `/nodes/{node}/lxc`. */
  readonly path: string;
  /** Set if no login is needed. */
  readonly open?: boolean;
  /** What the caller must be allowed to: all or any of some privileges. Otherwise, `run` checks itself. */
  readonly needs?: {
    /** Where: a path with the parameters' names in braces, such as `/vms/{vmid}`. */
    readonly path: string;
    readonly all?: readonly string[];
    readonly any?: readonly string[];
  };
  readonly run: (call: Call) => unknown;
}

/** Part of a list; the answer says how long the whole is. */
export class Page {
  constructor(
    readonly data: readonly unknown[],
    readonly total: number,
  ) {}
}
