import { openStack } from "../pulumi";
import { projectDir } from "../workspace";
import { readOutputs } from "./stack";

/** The value of one secret of a stack. */
export async function readSecret(service: string, name: string, stack: string): Promise<string> {
  const { secrets } = await readOutputs(await openStack(projectDir, stack), stack);
  const known = Object.entries(secrets).flatMap(([owner, table]) =>
    Object.entries(table).map(([key, value]) => ({ owner, key, value })),
  );
  const value = known.find(({ owner, key }) => owner === service && key === name)?.value;
  if (value !== undefined) return value;
  const names = known.map(({ owner, key }) => `  ${owner} ${key}`);
  const hint = names.length > 0 ? `It has:\n${names.join("\n")}` : "Deploy it with `pulumi up`.";
  throw new Error(
    `Unable to print the secret ${service} ${name}: the stack ${stack} has no such secret. ${hint}`,
  );
}
