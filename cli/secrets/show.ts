import { openStack } from "../pulumi";
import { projectDir } from "../workspace";
import { readOutputs } from "./stack";

/** The value of one secret of a stack. */
export async function readSecret(service: string, name: string, stack: string): Promise<string> {
  const { secrets } = await readOutputs(await openStack(projectDir, stack), stack);
  const value = secrets[service]?.[name];
  if (value !== undefined) return value;
  const known = Object.entries(secrets).flatMap(([owner, table]) =>
    Object.keys(table).map((each) => `  ${owner} ${each}`),
  );
  const hint = known.length > 0 ? `It has:\n${known.join("\n")}` : "Deploy it with `pulumi up`.";
  throw new Error(
    `Unable to print the secret ${service} ${name}: the stack ${stack} has no such secret. ${hint}`,
  );
}
