import { plainTexts, type Registration } from "../registration";
import type { Finding, PolicyContext, Rule } from "../rule";

/** What is not marked as secret is shown in previews and is in the state in plain text. */
export const plainSecrets: Rule = {
  name: "plain-secrets",
  description: "No value of a secret is in an input or an output that is not marked as secret.",
  check: (registration, context) => findPlainSecrets(registration, context),
};

/** The secrets in a resource's inputs, or in what a component says of itself, in plain text. */
export function findPlainSecrets(
  { name, inputs }: Pick<Registration, "name" | "inputs">,
  { secrets }: Pick<PolicyContext, "secrets">,
): Finding[] {
  return Object.entries(inputs).flatMap(([key, value]) => {
    for (const [place, text] of plainTexts(value, key)) {
      const found = secrets.findIn(text);
      if (found === undefined) continue;
      return [
        {
          why: `${name} has ${found} in plain text in ${place}`,
          advice: "Mark the value with pulumi.secret, and let hosts read it from stdin.",
        },
      ];
    }
    return [];
  });
}
