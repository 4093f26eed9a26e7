import { hasSignIn, type Manifest, type Service } from "./resolve";
import type { Role } from "./manifestSchema";

/**
 * The steps of a deployment, in words that the program's resources use too:
 *
 * - `container`, `host`: the container exists, and answers over SSH;
 * - `build`, `secrets`, `database`: what its activation needs;
 * - `switch`, `healthy`: its configuration is active, and its health checks pass;
 * - `published`: its names resolve and its routes are served;
 * - `monitored`: the monitoring service watches it. Nothing waits for that.
 */
export const stepKinds = [
  "container",
  "host",
  "build",
  "secrets",
  "database",
  "switch",
  "healthy",
  "published",
  "monitored",
] as const;
export type StepKind = (typeof stepKinds)[number];

/** A step of one service and the steps that must be done before, by id (`<service>.<kind>`). */
export interface Step {
  readonly id: string;
  readonly service: string;
  readonly kind: StepKind;
  readonly needs: readonly string[];
}

/** The service that plays a role for the others. */
export function providerOf(manifest: Manifest, role: Role): Service | undefined {
  return manifest.services.find(({ provides }) => provides.includes(role));
}

/** Names of the services that one service uses before it can be switched on, sorted. */
export function usesOf(manifest: Manifest, service: Service): string[] {
  const { dbs } = service.interface;
  const sso = hasSignIn(service) ? providerOf(manifest, "sso") : undefined;
  const names = [
    ...service.depends_on,
    ...Object.values(dbs).map((database) => database.service),
    ...(sso && sso !== service && !isFoundation(manifest, service, sso) ? [sso.name] : []),
  ];
  return [...new Set(names)].sort();
}

/**
 * Whether `other` stands, directly or not, on what `service` provides, leaving sign-in out of
 * account: a proxy whose own pages ask for a sign-in cannot wait for who is published by it.
 */
function isFoundation(manifest: Manifest, service: Service, other: Service): boolean {
  if (service.provides.length === 0) return false;
  const seen = new Set<string>();
  const reach = (at: Service): boolean => {
    if (at === service) return true;
    if (seen.has(at.name)) return false;
    seen.add(at.name);
    const roles: Role[] = Object.keys(at.interface.proxy).length > 0 ? ["proxy", "dns"] : [];
    const below = [
      ...at.depends_on,
      ...Object.values(at.interface.dbs).map((database) => database.service),
      ...roles.flatMap((role) => providerOf(manifest, role)?.name ?? []),
    ];
    return manifest.services.some((next) => below.includes(next.name) && reach(next));
  };
  return reach(other);
}

/** Every step of a manifest, in the order of its services. */
export function stepsOf(manifest: Manifest): Step[] {
  return manifest.services.flatMap((service) => {
    const { name, interface: contracts } = service;
    const own = (kind: StepKind) => `${name}.${kind}`;
    const healthy = (role: Role) => {
      const provider = providerOf(manifest, role);
      return provider && provider !== service ? [`${provider.name}.healthy`] : [];
    };
    const needs: Partial<Record<StepKind, string[]>> = {
      container: [],
      host: [own("container")],
      build: [own("host")],
    };
    if (Object.keys(contracts.secrets).length > 0) needs.secrets = [own("host")];
    const databases = Object.values(contracts.dbs).map((db) => `${db.service}.healthy`);
    if (databases.length > 0) needs.database = [own("host"), ...databases];
    const uses = usesOf(manifest, service);
    const sso = hasSignIn(service) ? providerOf(manifest, "sso") : undefined;
    needs.switch = [
      ...Object.keys(needs).flatMap((kind) =>
        ["build", "secrets", "database"].includes(kind) ? [own(kind as StepKind)] : [],
      ),
      ...service.depends_on.map((other) => `${other}.healthy`),
      ...(sso && uses.includes(sso.name) ? [`${sso.name}.published`] : []),
    ];
    needs.healthy = [own("switch")];
    needs.published = [
      own("healthy"),
      ...(Object.keys(contracts.proxy).length > 0 ? healthy("proxy") : []),
      ...healthy("dns"),
    ];
    if (providerOf(manifest, "monitoring")) {
      needs.monitored = [own("healthy"), ...healthy("monitoring")];
    }
    return Object.entries(needs).map(([kind, before]) => ({
      id: own(kind as StepKind),
      service: name,
      kind: kind as StepKind,
      needs: [...new Set(before)].sort(),
    }));
  });
}

/** Steps sorted so that each comes after what it needs; what is left over lies on cycles. */
function sortSteps(steps: readonly Step[]): { sorted: Step[]; left: Step[] } {
  const waiting = new Map(steps.map((step) => [step.id, new Set(step.needs)]));
  const followers = new Map<string, Step[]>();
  for (const step of steps) {
    for (const need of step.needs) {
      followers.set(need, [...(followers.get(need) ?? []), step]);
    }
  }
  const sorted = steps.filter(({ needs }) => needs.length === 0);
  for (let i = 0; i < sorted.length; i++) {
    for (const next of followers.get(sorted[i]!.id) ?? []) {
      const open = waiting.get(next.id)!;
      open.delete(sorted[i]!.id);
      if (open.size === 0) sorted.push(next);
    }
  }
  const done = new Set(sorted);
  return { sorted, left: steps.filter((step) => !done.has(step)) };
}

/** One turn of the program: start a service, publish it, or have it monitored. */
export interface Turn {
  readonly service: Service;
  readonly phase: "start" | "publish" | "monitor";
}

const phases: Partial<Record<StepKind, Turn["phase"]>> = {
  switch: "start",
  published: "publish",
  monitored: "monitor",
};

/** In which order the program declares services, so that each finds what it refers to. */
export function deploymentOrder(manifest: Manifest): Turn[] {
  const byName = new Map(manifest.services.map((service) => [service.name, service]));
  return sortSteps(stepsOf(manifest)).sorted.flatMap(({ service, kind }): Turn[] => {
    const phase = phases[kind];
    return phase ? [{ service: byName.get(service)!, phase }] : [];
  });
}

/** Names of the services that may start at the same time, wave after wave. */
export function wavesOf(manifest: Manifest): string[][] {
  // How many services were switched on, one after the other, before a step is done.
  const done = new Map<string, number>();
  for (const { id, kind, needs } of sortSteps(stepsOf(manifest)).sorted) {
    const before = Math.max(0, ...needs.map((need) => done.get(need)!));
    done.set(id, before + (kind === "switch" ? 1 : 0));
  }
  const waves: string[][] = [];
  for (const { name } of manifest.services) {
    (waves[done.get(`${name}.switch`)! - 1] ??= []).push(name);
  }
  return waves;
}

/** The shortest cycle through the first service that is on one, as step ids; none if acyclic. */
export function findCycle(manifest: Manifest): string[] | undefined {
  const { left } = sortSteps(stepsOf(manifest));
  const byId = new Map(left.map((step) => [step.id, step]));
  return left.map(({ id }) => cycleThrough(id, byId)).find((cycle) => cycle !== undefined);
}

function cycleThrough(start: string, byId: ReadonlyMap<string, Step>): string[] | undefined {
  const from = new Map<string, string>();
  const queue = [start];
  for (const id of queue) {
    for (const need of byId.get(id)?.needs ?? []) {
      if (need === start) return trace(id, from, start);
      if (byId.has(need) && !from.has(need)) {
        from.set(need, id);
        queue.push(need);
      }
    }
  }
  return undefined;
}

function trace(end: string, from: ReadonlyMap<string, string>, start: string): string[] {
  const path = [start];
  for (let at = end; at !== start; at = from.get(at)!) path.splice(1, 0, at);
  return [...path, start];
}
