import { extensionConsequences, roleConsequences, sessionConsequences } from "./databases";
import { describeChange } from "./differences";
import type { Consequence } from "./effects";
import { isWritten, newOrGone, type PreviewState, type PreviewStep } from "./preview";
import { whyRebuilt } from "./slice";
import { nameOf, stateOf, textOf, type World } from "./world";

/** What a change of a command on a host means; nothing for a command that the plan does not know. */
export function commandConsequences(
  step: PreviewStep,
  owner: string,
  world: World,
): Consequence[] | undefined {
  const state = stateOf(step)!;
  const create = textOf(state.inputs?.create);
  const fragment = /^nixmox-fragment put '?([\w-]+)'? /.exec(create);
  if (fragment) return [fragmentConsequence(step, fragment[1]!, owner, world)];
  const name = nameOf(step.urn);
  const [, consequences] = kinds.find(([pattern]) => pattern.test(name)) ?? [];
  return consequences?.({ step, name, owner, world, host: world.hostOf(state) ?? owner });
}

interface Command {
  readonly step: PreviewStep;
  readonly name: string;
  /** The service that the command is for. */
  readonly owner: string;
  /** The service whose host it runs on. */
  readonly host: string;
  readonly world: World;
}

/** Commands are told by their names, which are stable (`components/`). */
const kinds: readonly (readonly [RegExp, (command: Command) => Consequence[]])[] = [
  [/-system-build$/, built],
  [/-(system-(switch|boot)|apply-[a-z0-9-]+|token|admin-role|defaults|volume-.+-place)$/, follows],
  [/-health$/, checked],
  [/-database(-.+)?-extensions$/, extensionConsequences],
  [/-database(-.+)?-sessions$/, sessionConsequences],
  [/-database(-.+)?-role$/, roleConsequences],
  [/-(secret(-.+)?|(certificate|authority)-(file|key))$/, secretWritten],
];

function follows({ owner }: Command): Consequence[] {
  return [{ service: owner, effect: "nothing", why: [] }];
}

function built({ step, owner, world }: Command): Consequence[] {
  const [before, after] = [step.oldState, step.newState].map((state) => state?.inputs?.stdin);
  const isSame = before === after;
  const why = isSame ? ["how NixMox builds a system"] : whyRebuilt(world, owner, before, after);
  return [{ service: owner, effect: "rebuild", why: step.op === "update" ? why : [] }];
}

function checked({ step, owner, world }: Command): Consequence[] {
  const [before, after] = [step.oldState, step.newState].map((state) => argumentsOf(state));
  const names = ["interval", "timeout", "retries", "", "startup", "readiness"];
  // The service, its unit, and then these; what follows are the versions that are checked.
  const why = (before && after ? names : []).flatMap((name, i) =>
    name !== "" && before![i + 2] !== after![i + 2]
      ? [
          describeChange(
            world.key(owner, `interface.health.${name}`),
            before![i + 2],
            after![i + 2],
          ),
        ]
      : [],
  );
  return [{ service: owner, effect: "nothing", why }];
}

/** The units that read a secret restart when it changes. */
function secretWritten({ step, name, owner, world }: Command): Consequence[] {
  if (isElsewhere(step)) return [{ service: owner, effect: "nothing", why: [] }];
  const [before, after] = [step.oldState, step.newState].map(argumentsOf);
  const isMoved = JSON.stringify(before) !== JSON.stringify(after);
  if (step.op === "update" && !isWritten(step) && !isMoved) {
    return [{ service: owner, effect: "nothing", why: ["how NixMox writes secrets"] }];
  }
  const units = (after ?? before ?? []).slice(3);
  // What reads a file that is new or gone is built with it.
  const isChange = step.op !== "create" && step.op !== "delete";
  const effect = units.length > 0 && isChange ? "restart" : "nothing";
  return [{ service: owner, effect, why: isChange ? [secretKey(name, owner, world)] : [] }];
}

/** Whether only the way to the host is another one. */
function isElsewhere({ detailedDiff }: PreviewStep): boolean {
  const paths = Object.keys(detailedDiff ?? {});
  return paths.length > 0 && paths.every((path) => /^connection\b/.test(path));
}

function secretKey(name: string, owner: string, world: World): string {
  const own = /-secret-(.+)$/.exec(name.slice(owner.length))?.[1];
  if (own !== undefined) return `${world.secretKey(owner, own)} or nixmox:secrets`;
  if (/-(certificate|authority)-(file|key)$/.test(name)) return "its certificate is renewed";
  return "the password of its database";
}

const put: Readonly<Record<string, (owner: string, host: string) => string>> = {
  dns: (owner) => `the names of ${owner}`,
  routes: (owner) => `the routes of ${owner}`,
  authorities: (owner) => `whom ${owner} trusts`,
  hba: (owner) => `database access for ${owner}`,
  scrape: (owner) => `the metrics of ${owner}`,
  firewall: (owner, host) => (owner === host ? "access to its ports" : `access for ${owner}`),
};

/** A daemon checks a fragment and reads it without an interruption, on whatever host it is. */
function fragmentConsequence(
  step: PreviewStep,
  kind: string,
  owner: string,
  world: World,
): Consequence {
  const host = world.hostOf(stateOf(step)!) ?? owner;
  if (isElsewhere(step)) return { service: host, effect: "nothing", why: [] };
  const what = put[kind]?.(owner, host) ?? `${kind} of ${owner}`;
  return { service: host, effect: "reload", why: [`${newOrGone(step)}${what}`] };
}

/** The arguments of a script, which its text begins with. */
function argumentsOf(state: PreviewState | undefined): string[] | undefined {
  const words = /^set --((?: (?:'[^']*'|\\'|[^\s'\\])+)*)/.exec(textOf(state?.inputs?.create))?.[1];
  return words
    ?.match(/(?:'[^']*'|\\'|[^\s'\\])+/g)
    ?.map((word) => word.replace(/'([^']*)'|\\(')/g, "$1$2"));
}
