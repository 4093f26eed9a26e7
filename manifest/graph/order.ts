import { DirectedGraph } from "graphology";
import { topologicalSort } from "graphology-dag";
import { bidirectional } from "graphology-shortest-path";
import type { ExternalRouteSpec, Manifest, ServiceSpec } from "../resolve/spec";
import { externalRouteId, type Step, type StepKind, stepId, stepsOf } from "./steps";

/** A part of a service's deployment that the program declares at once, or a route to no service. */
export type DeployStep =
  | { readonly service: ServiceSpec; readonly phase: Phase }
  | { readonly route: ExternalRouteSpec; readonly phase: "route" };

type Phase = "deploy" | "publish" | "monitor";

const phases: Partial<Record<StepKind, Phase>> = {
  switch: "deploy",
  published: "publish",
  monitored: "monitor",
};

/** The order in which the program declares services, so that each finds what it refers to. */
export function deploySteps(manifest: Manifest): DeployStep[] {
  const services = new Map(manifest.services.map((service) => [service.name, service]));
  const routes = new Map(manifest.routes.map((route) => [externalRouteId(route.name), route]));
  return sorted(stepsOf(manifest)).flatMap(({ service: name, kind }): DeployStep[] => {
    const phase = phases[kind];
    const [service, route] = [services.get(name), routes.get(name)];
    if (route) return phase === "publish" ? [{ route, phase: "route" }] : [];
    return phase && service ? [{ service, phase }] : [];
  });
}

/** Names of the services that may start at the same time, wave after wave. */
export function wavesOf(manifest: Manifest): string[][] {
  // How many services have been switched, one after the other, before a step is done.
  const done = new Map<string, number>();
  for (const { id, kind, needs } of sorted(stepsOf(manifest))) {
    const before = Math.max(0, ...needs.map((need) => done.get(need)!));
    done.set(id, before + (kind === "switch" ? 1 : 0));
  }
  const waves: string[][] = [];
  for (const { name } of manifest.services) {
    (waves[done.get(stepId(name, "switch"))! - 1] ??= []).push(name);
  }
  return waves;
}

/** The longest chain of steps: what a deployment takes at least, whatever runs in parallel. */
export function criticalPath(manifest: Manifest): string[] {
  const chains = new Map<string, string[]>();
  const longest = (list: readonly string[][]) =>
    list.reduce((a, b) => (b.length > a.length ? b : a), []);
  for (const { id, needs } of sorted(stepsOf(manifest))) {
    chains.set(id, [...longest(needs.map((need) => chains.get(need)!)), id]);
  }
  return longest([...chains.values()]);
}

/** Cycles without a common step, each as step ids from a step back to itself. */
export function findCycles<Gap>(manifest: Manifest<Gap>): string[][] {
  const graph = graphOf(stepsOf(manifest));
  const cycles: string[][] = [];
  for (dropEnds(graph, graph.nodes()); graph.order > 0;) {
    const start = graph.nodes()[0]!;
    const cycle = shortestCycle(graph, start);
    if (cycle) cycles.push(cycle);
    const near = (cycle ?? [start]).flatMap((id) =>
      graph.hasNode(id) ? [...graph.neighbors(id)] : [],
    );
    for (const id of new Set(cycle ?? [start])) graph.dropNode(id);
    dropEnds(graph, near);
  }
  return cycles;
}

/** Drops steps that are on no cycle since nothing, or nothing that is left, comes before or after them. */
function dropEnds(graph: DirectedGraph, candidates: readonly string[]): void {
  const queue = [...candidates];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (!graph.hasNode(id) || (graph.inDegree(id) > 0 && graph.outDegree(id) > 0)) continue;
    queue.push(...graph.neighbors(id));
    graph.dropNode(id);
  }
}

/** From a step over what it needs back to itself; nothing if it is on no cycle. */
function shortestCycle(graph: DirectedGraph, start: string): string[] | undefined {
  const paths = graph
    .inNeighbors(start)
    .flatMap((need) => [bidirectional(graph, start, need)])
    .filter((path) => path !== null)
    .sort((a, b) => a.length - b.length);
  return paths[0] && [start, ...paths[0].slice(1).reverse(), start];
}

/** The steps, each after what it needs. */
function sorted(steps: readonly Step[]): Step[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  return topologicalSort(graphOf(steps)).map((id) => byId.get(id)!);
}

/** An edge leads from what is needed to what needs it. Needs that do not exist are left out. */
function graphOf(steps: readonly Step[]): DirectedGraph {
  const graph = new DirectedGraph();
  for (const { id } of steps) graph.addNode(id);
  for (const { id, needs } of steps) {
    for (const need of needs) if (graph.hasNode(need)) graph.addDirectedEdge(need, id);
  }
  return graph;
}
