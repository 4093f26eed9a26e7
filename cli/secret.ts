import { runMain, stackCommandLine } from "./command";
import { openStack } from "./pulumi";
import { projectDir } from "./workspace";

/** Prints one secret of a stack, and nothing else. */
async function secret(service: string, name: string, { stack }: { stack: string }): Promise<void> {
  const pulumi = await openStack(projectDir, stack);
  const args = ["stack", "output", "--show-secrets", "--json", "--stack", stack];
  const outputs = JSON.parse(await pulumi.read(args)) as { secrets?: Record<string, Secrets> };
  const secrets = outputs.secrets ?? {};
  const known = Object.entries(secrets).flatMap(([owner, table]) =>
    Object.entries(table).map(([key, value]) => ({ owner, key, value })),
  );
  const value = known.find(({ owner, key }) => owner === service && key === name)?.value;
  if (value !== undefined) {
    process.stdout.write(value);
    return;
  }
  const names = known.map(({ owner, key }) => `  ${owner} ${key}`);
  const hint = names.length > 0 ? `It has:\n${names.join("\n")}` : "Deploy it with `pulumi up`.";
  throw new Error(
    `Unable to print the secret ${service} ${name}: the stack ${stack} has no such secret. ${hint}`,
  );
}

/** Values by name. */
type Secrets = Record<string, string>;

runMain(
  stackCommandLine("npm run --silent secret --", "Print one secret of a stack.")
    .argument("<service>", "the service, as the manifest names it")
    .argument("<name>", "the name of its secret")
    .action(secret)
    .parseAsync(),
);
