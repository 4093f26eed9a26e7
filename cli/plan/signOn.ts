import type { Consequence, Effect } from "./effects";
import { newOrGone, type PreviewStep } from "./preview";
import { nameOf, type World } from "./world";

/** What a change at the identity provider means; nothing for what is none of its objects. */
export function signOnConsequence(
  step: PreviewStep,
  type: string,
  owner: string,
  world: World,
): Consequence[] | undefined {
  if (!/^(authentik|keycloak):/.test(type)) return undefined;
  const [, kind, name] = /-directory-(user|group)-([a-z0-9._-]+?)(-groups|-roles)?$/.exec(
    nameOf(step.urn),
  ) ?? [undefined, undefined, undefined];
  if (kind !== undefined) {
    return [{ service: owner, effect: "reload", why: [`${newOrGone(step)}${kind}s.${name}`] }];
  }
  const isWhole = /:Realm$/.test(type) && step.op !== "create" && step.op !== "update";
  const effect: Effect = isWhole ? "data at risk" : "reload";
  const why = isWhole ? "all users and sessions of the realm" : world.key(owner, "interface.auth");
  return [{ service: owner, effect, why: step.op === "create" ? [] : [why] }];
}
