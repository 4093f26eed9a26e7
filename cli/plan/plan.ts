import { consequencesOf, WHOLE } from "./consequences";
import { type Consequence, type Effect, strongest } from "./effects";
import type { KnownService } from "./known";
import { messagesOf, type Preview, type PreviewStep } from "./preview";
import { nameOf, SERVICE, stateOf, tableOf, typeOf, World } from "./world";

/** What an update would mean for the people who use the services. `--json` prints it as it is. */
export interface Plan {
  readonly stack: string;
  /** Whether the update would change anything. */
  readonly changes: boolean;
  /** All services by name; what belongs to none of them comes last. */
  readonly services: readonly ServicePlan[];
  /** Why the update would be refused; empty if it would not. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

export interface ServicePlan {
  readonly name: string;
  readonly effect: Effect;
  /** Keys of the manifest, settings, or what else it comes from. */
  readonly why: readonly string[];
  /** How many of its resources are created, updated, replaced and deleted. */
  readonly resources: Readonly<Record<Change, number>>;
}

type Change = "create" | "update" | "replace" | "delete";

/** Says what a preview means for people. */
export function planOf(stack: string, preview: Preview, known: readonly KnownService[] = []): Plan {
  const spec = (name: string) => known.find((each) => each.name === name);
  const world = new World(preview, known);
  const steps = preview.steps ?? [];
  const changed = steps.filter((step) => changeOf(step) && typeOf(step) !== STACK);
  const held = new Map(steps.filter(isService).map((step) => [nameOf(step.urn), holdsData(step)]));
  // What the manifest no longer has may hold data, unless the state says that it does not.
  const isStateful = (name: string) => held.get(name) ?? spec(name)?.stateful ?? true;
  const all = changed.flatMap((step) => consequencesOf(step, world, isStateful));
  const refused = refusals(preview, world);
  const names = new Set([...held.keys(), ...[...all, ...refused].map(({ service }) => service)]);
  const sorted = [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return {
    stack,
    changes: changed.length > 0,
    services: sorted
      .map((name) => ({
        name,
        ...sum([...all, ...refused].filter(({ service }) => service === name)),
        resources: count(
          changed.filter((step) => isCounted(step) && ownerOf(step, world) === name),
        ),
      }))
      .filter(({ name, effect }) => name !== WHOLE || effect !== "nothing"),
    errors: messagesOf(preview, "error"),
    warnings: messagesOf(preview, "warning"),
  };
}

const STACK = "pulumi:pulumi:Stack";

const PROTECTED = "refused, since it is protected (nixmox:allowReplace)";

const rank = (name: string) => (name === WHOLE ? 1 : 0);

/** How an API is reached is no change of what is behind it. */
function isCounted(step: PreviewStep): boolean {
  return !typeOf(step).startsWith("pulumi:providers:");
}

function isService(step: PreviewStep): boolean {
  return typeOf(step) === SERVICE;
}

/** What the state says about a service's data, where it is old enough to say nothing: undefined. */
function holdsData({ oldState, newState }: PreviewStep): boolean | undefined {
  const { stateful } = { ...tableOf(newState?.outputs), ...tableOf(oldState?.outputs) };
  return typeof stateful === "boolean" ? stateful : undefined;
}

function ownerOf(step: PreviewStep, world: World): string {
  return world.serviceOf(stateOf(step)) ?? WHOLE;
}

/** The effect that is noticed most, and why; lesser ones are only named if nothing else is. */
function sum(all: readonly Consequence[]): { effect: Effect; why: string[] } {
  const effect = strongest(all.map((each) => each.effect));
  const of = (some: readonly Consequence[]) => [...new Set(some.flatMap(({ why }) => why))];
  const first = of(all.filter((each) => each.effect === effect));
  const isWhole = ["create", "remove", "replace", "data at risk"].includes(effect);
  return {
    effect,
    why: isWhole && first.length > 0 ? first : [...new Set([...first, ...of(all)])],
  };
}

/** The containers that the engine refuses to delete or replace, since they are protected. */
function refusals({ diagnostics = [] }: Preview, world: World): Consequence[] {
  return diagnostics.flatMap(({ severity, message = "" }) => {
    const [, urn] = /resource "?(urn:pulumi:[^"\s]+)"?\s.*\bprotect/s.exec(message) ?? [];
    if (severity !== "error" || urn === undefined) return [];
    const service = world.serviceOf(world.state(urn)) ?? nameOf(urn).replace(/-container$/, "");
    return [{ service, effect: "data at risk", why: [PROTECTED] }];
  });
}

function changeOf({ op }: PreviewStep): Change | undefined {
  if (op === "create" || op === "update" || op === "replace" || op === "delete") return op;
  return undefined;
}

function count(steps: readonly PreviewStep[]): Record<Change, number> {
  const total = { create: 0, update: 0, replace: 0, delete: 0 };
  for (const step of steps) total[changeOf(step)!]++;
  return total;
}
