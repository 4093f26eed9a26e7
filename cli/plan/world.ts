import type { Preview, PreviewState, PreviewStep, Values } from "./preview";

/** The type of a service. */
export const SERVICE = "nixmox:index:Service";

/** The type of a route to what is no service. */
const ROUTE = "nixmox:index:ExternalRoute";

/** The name at the end of a resource's URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** What a resource is of, before or after. */
export function stateOf({ newState, oldState }: PreviewStep): PreviewState | undefined {
  return newState ?? oldState;
}

/** The type of a resource itself, without those that it belongs to. */
export function typeOf(step: PreviewStep): string {
  return stateOf(step)?.type ?? step.urn.split("::")[2]!.split("$").at(-1)!;
}

/** The services that a preview is about, and what is whose. */
export class World {
  private readonly states = new Map<string, PreviewState>();

  constructor(
    { steps = [] }: Preview,
    private readonly isCore: (service: string) => boolean,
  ) {
    for (const { oldState, newState } of steps) {
      for (const state of [oldState, newState]) if (state) this.states.set(state.urn, state);
    }
  }

  /** A resource by its URN, as it will be, or as it was. */
  state(urn: string): PreviewState | undefined {
    return this.states.get(urn);
  }

  /** The service that a resource belongs to. */
  serviceOf(state: PreviewState | undefined): string | undefined {
    for (let each = state; each; each = this.states.get(each.parent ?? "")) {
      if (each.type === SERVICE) return nameOf(each.urn);
    }
    return undefined;
  }

  /** The route to what is no service that a resource belongs to, such as `routes.nas`. */
  routeOf(state: PreviewState | undefined): string | undefined {
    for (let each = state; each; each = this.states.get(each.parent ?? "")) {
      if (each.type === ROUTE) return `routes.${nameOf(each.urn).replace(/-route$/, "")}`;
    }
    return undefined;
  }

  /** The service whose host a command runs on. */
  hostOf({ deletedWith }: PreviewState): string | undefined {
    return this.serviceOf(this.states.get(deletedWith ?? ""));
  }

  /** A key of a service, as the manifest has it. */
  key(service: string, key: string): string {
    return `${this.isCore(service) ? "core_services" : "services"}.${service}.${key}`;
  }
}

export function isContainer(type: string): boolean {
  return /^proxmoxve:.*:Container(Legacy)?$/.test(type);
}

/** A value as a table; empty if it is none. */
export function tableOf(value: unknown): Values {
  const isTable = typeof value === "object" && value !== null && !Array.isArray(value);
  return isTable ? (value as Values) : {};
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
