import { didYouMean } from "../didYouMean";
import type { Issue, Path } from "../issue";
import { Claims } from "./claims";
import type { CheckContext } from "./context";

/** Users that an identity provider, or the service behind it, has for itself. */
const reserved = /^(admin|akadmin|anonymous|root|system|ak-.*|service-account-.*)$/;

/** Users have names and addresses of their own, and are members of groups that there are. */
export function checkPeople(context: CheckContext): Issue[] {
  const { manifest, place, isFaulty } = context;
  const claims = new Claims(place);
  return Object.entries(manifest.users).flatMap(([name, { email, groups }]): Issue[] => {
    const path = ["users", name];
    const issues = checkGroups(context, groups, [...path, "groups"]);
    if (reserved.test(name)) {
      const message = "an identity provider has a user of its own with this name. Use another one.";
      return [{ code: "reserved-name", path, message }, ...issues];
    }
    if (email === undefined || isFaulty([...path, "email"])) return issues;
    const advice = "Use this user's own.";
    return [
      ...issues,
      ...claims.claim(`e-mail address ${email.toLowerCase()}`, [...path, "email"], advice),
    ];
  });
}

/** Groups in a list exist and are named once. */
export function checkGroups(context: CheckContext, groups: readonly string[], path: Path): Issue[] {
  return groups.flatMap((group, i): Issue[] => {
    const at = [...path, i];
    if (groups.indexOf(group) < i) {
      return [
        { code: "written-twice", path: at, message: `${group} is listed twice. Remove one.` },
      ];
    }
    const others = Object.keys(context.manifest.groups).filter((each) => !groups.includes(each));
    return checkGroup(context, group, at, others);
  });
}

/** One group exists; `others` are what may have been meant. */
export function checkGroup(
  { manifest: { groups }, isFaulty }: CheckContext,
  group: string,
  path: Path,
  others: readonly string[] = Object.keys(groups),
): Issue[] {
  if (Object.hasOwn(groups, group) || isFaulty(["groups"])) return [];
  const hint = didYouMean(group, others) || ` Add [groups.${quote(group)}].`;
  return [{ code: "unknown-group", path, message: `there is no group "${group}".${hint}` }];
}

/** A name as TOML has it in a key. */
function quote(name: string): string {
  return name.includes(".") ? `"${name}"` : name;
}
