import type { Application, Binding, Group, User } from "./model";
import type { Subject } from "./expression";
import type { Store } from "./store";

/** Groups with all that are above them, each once. */
export function withParents(groups: readonly Group[], all: readonly Group[]): Group[] {
  const found = new Map<string, Group>();
  const add = (group: Group) => {
    if (found.has(group.pk)) return;
    found.set(group.pk, group);
    for (const parent of all) if (group.parent === parent.pk) add(parent);
  };
  groups.forEach(add);
  return [...found.values()];
}

/** A user with their groups. */
export async function subjectOf(store: Store, user: User): Promise<Subject> {
  const all = await store.list("group");
  const groups = all.filter(({ pk }) => user.groups.includes(pk));
  return { user, groups, allGroups: withParents(groups, all) };
}

export const isSuperuser = ({ allGroups }: Subject): boolean =>
  allGroups.some((group) => group.is_superuser);

function passes(binding: Binding, { user, allGroups }: Subject): boolean {
  const holds =
    binding.group !== null
      ? allGroups.some(({ pk }) => pk === binding.group)
      : binding.user !== null
        ? binding.user === user.pk
        : binding.failure_result;
  return holds !== binding.negate;
}

/**
 * Whether a user may use an application: its bindings decide, all of them or any, as its engine
 * mode says. Without bindings everyone may.
 */
export async function mayUse(
  store: Store,
  application: Application,
  subject: Subject,
): Promise<boolean> {
  if (!subject.user.is_active) return false;
  const all = await store.find("binding", "target", application.pk);
  const bindings = all.filter(({ enabled }) => enabled);
  if (bindings.length === 0) return true;
  const results = bindings.map((binding) => passes(binding, subject));
  return application.policy_engine_mode === "all" ? results.every(Boolean) : results.some(Boolean);
}
