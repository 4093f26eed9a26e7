import { commandConsequences } from "./commands";
import { containerConsequence } from "./container";
import { describeChange, differencesOf } from "./differences";
import type { Consequence, Effect } from "./effects";
import { newOrGone, type PreviewStep } from "./preview";
import { signOnConsequence } from "./signOn";
import { snakeCase } from "./slice";
import { isContainer, nameOf, SERVICE, stateOf, textOf, typeOf, type World } from "./world";

/** What belongs to no service. */
export const WHOLE = "(homelab)";

/** Types that nobody notices by themselves: what uses their values is a resource of its own. */
const silent =
  /^(pulumi:(pulumi:Stack|providers:.*)|random:.*|nixmox:index:.*|command:local:Command)$/;

/** What one step of a preview means, and for which services. */
export function consequencesOf(
  step: PreviewStep,
  world: World,
  isStateful: (service: string) => boolean,
): Consequence[] {
  const type = typeOf(step);
  const owner = world.serviceOf(stateOf(step));
  const service = owner ?? WHOLE;
  const follows: Consequence = { service, effect: "nothing", why: [] };
  if (type === SERVICE) return [{ ...follows, why: renamed(step) }];
  if (nameOf(step.urn) === "nixmox-ca" && step.op !== "create") return [newRoot(step)];
  if (silent.test(type)) return [follows];
  const route = world.routeOf(stateOf(step));
  if (owner === undefined || route !== undefined) return outside(step, type, route, world);
  if (isContainer(type)) return [containerConsequence(step, owner, world, isStateful(owner))];
  if (type === "pve:index:Volume") return [volumeConsequence(step, owner, world)];
  if (/^proxmoxve:firewall/.test(type)) return [{ ...follows, effect: "reload" }];
  return (
    (type === "command:remote:Command" && commandConsequences(step, owner, world)) ||
    signOnConsequence(step, type, owner, world) || [unknown(owner, type)]
  );
}

/** What belongs to no service is a route to a device, a record, or nothing that the plan knows. */
function outside(
  step: PreviewStep,
  type: string,
  route: string | undefined,
  world: World,
): Consequence[] {
  const of = route ?? "devices and network.records";
  const why = [`${newOrGone(step)}${of}`];
  if (type !== "command:remote:Command") {
    return [route === undefined ? unknown(WHOLE, type) : { service: WHOLE, effect: "reload", why }];
  }
  const known = commandConsequences(step, of, world) ?? [unknown(WHOLE, type)];
  return known.map((each) => ({ ...each, why: each.effect === "reload" ? why : each.why }));
}

/** A disk beside the root disk is added and grown while its container runs. */
function volumeConsequence(step: PreviewStep, owner: string, world: World): Consequence {
  const [before, after] = [step.oldState, step.newState].map((state) => state?.inputs ?? {});
  const volume = textOf((after ?? before)!.volume ?? before!.volume);
  const key = world.key(owner, `volumes.${volume}`);
  if (step.op === "create") return { service: owner, effect: "nothing", why: [key] };
  if (step.op !== "update") return { service: owner, effect: "data at risk", why: [key] };
  const why = differencesOf(before, after).map(({ path: [part = ""], before: was, after: is }) =>
    describeChange(`${key}.${snakeCase(part)}`, was, is),
  );
  return { service: owner, effect: "nothing", why };
}

function unknown(service: string, type: string): Consequence {
  return { service, effect: "changes", why: [`a resource of type ${type}`] };
}

function renamed({ oldState, newState }: PreviewStep): string[] {
  const [old, now] = [oldState, newState].map((state) => state && nameOf(state.urn));
  return old !== undefined && now !== undefined && old !== now
    ? [`its name (${old} → ${now})`]
    : [];
}

function newRoot({ op }: PreviewStep): Consequence {
  const effect: Effect = op === "update" ? "nothing" : "restart";
  const why = "the certificate authority: everyone has to trust its new root";
  return { service: WHOLE, effect, why: [why] };
}
