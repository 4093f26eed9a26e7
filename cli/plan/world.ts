import type { KnownDatabase, KnownService } from "./known";
import type { Preview, PreviewState, PreviewStep, Values } from "./preview";

/** The type of a service. */
export const SERVICE = "nixmox:index:Service";

/** The type of a route to what is no service, and of a site of the proxy. */
const ROUTE = "nixmox:index:ExternalRoute";
const SITE = "nixmox:index:ProxyRoute";

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
    private readonly known: readonly KnownService[],
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
      const route = each.type === SITE ? this.routeOfSite(nameOf(each.urn)) : each;
      if (route?.type === ROUTE) return `routes.${nameOf(route.urn).replace(/-route$/, "")}`;
    }
    return undefined;
  }

  /** The site of a route is below the proxy, and is named after the route and a domain. */
  private routeOfSite(site: string): PreviewState | undefined {
    return [...this.states.values()].find(
      ({ type, urn }) =>
        type === ROUTE && /^[^.]+\./.test(site) && site.startsWith(`${nameOf(urn)}-`),
    );
  }

  /** The service whose host a command runs on. */
  hostOf({ deletedWith }: PreviewState): string | undefined {
    return this.serviceOf(this.states.get(deletedWith ?? ""));
  }

  /** A key of a service, as the manifest has it. */
  key(service: string, key: string): string {
    return `${this.find(service)?.core ? "core_services" : "services"}.${service}.${key}`;
  }

  /** A key of a service's network, which may also change because the service moves to another one. */
  networkKey(service: string, key: "cidr" | "gateway" | "dns" | "vlan_tag"): string {
    const { network } = this.find(service) ?? {};
    if (network === undefined && key === "dns") {
      return "network.dns_server or network.dns_forwarders";
    }
    const inDefault = { cidr: "network_cidr", gateway: key, dns: key, vlan_tag: key };
    const own = network === undefined ? `network.${inDefault[key]}` : `networks.${network}.${key}`;
    return `${this.key(service, "network")} or ${own}`;
  }

  /** The key of a database that a service has. */
  databaseKey(service: string, key: string): string {
    return (
      this.find(service)?.interface?.dbs[key]?.place ?? this.key(service, `interface.dbs.${key}`)
    );
  }

  /** The key that lets others read a database, which has this name at its server. */
  readersKey(database: string): string {
    const all = this.known.flatMap((each): KnownDatabase[] =>
      Object.values(each.interface?.dbs ?? {}),
    );
    const found = all.find(({ access, name }) => access === "own" && name === database);
    return found ? `${found.place}.readers` : `readers of the database ${database}`;
  }

  /** The key of a secret, or of the one that it has its value from. */
  secretKey(service: string, secret: string): string {
    const from = this.find(service)?.interface?.secrets[secret]?.from;
    const [other = service, own = secret] = from?.split(/\.(.*)/s) ?? [];
    return this.key(other, `interface.secrets.${own}`);
  }

  private find(service: string): KnownService | undefined {
    return this.known.find(({ name }) => name === service);
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
