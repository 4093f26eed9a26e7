import { commandLine, runMain } from "./command";
import { importSecrets } from "./secrets/import";
import { listSecrets } from "./secrets/list";
import { rotate } from "./secrets/rotate";
import { readSecret } from "./secrets/show";
import { openSecrets } from "./secrets/stack";

interface Options {
  readonly stack: string;
}

const secrets = commandLine("npm run secrets --", "The secrets of a stack.");

/** A command with the option that all commands share. */
const command = (name: string, description: string) =>
  secrets
    .command(name)
    .copyInheritedSettings(secrets)
    .description(description)
    .option("--stack <name>", "the stack to work on", "dev");

command("list", "show where each secret goes, how it is applied and how old it is").action(
  async ({ stack }: Options) => {
    const { secrets: all } = await openSecrets(stack);
    console.log(listSecrets(all, new Date()).join("\n"));
  },
);

command("show", "print one secret, and nothing else")
  .argument("<service>", "the service, as the manifest names it")
  .argument("<name>", "the name of its secret")
  .action(async (service: string, name: string, { stack }: Options) => {
    process.stdout.write(await readSecret(service, name, stack));
  });

command("rotate", "generate new values and prove that the services use them")
  .argument("<service[/name]>", "one secret, or all that are generated for a service")
  .action(async (target: string, { stack }: Options) => {
    await rotate(await openSecrets(stack), target, console.log);
  });

command("import", "put the values of a SOPS file into the stack's configuration, once")
  .argument("<file>", "a YAML or JSON file, encrypted with age, with secrets by service and name")
  .option("--age-key-file <file>", "the age identity that decrypts it")
  .action(async (file: string, { stack, ageKeyFile }: Options & { ageKeyFile?: string }) => {
    await importSecrets(await openSecrets(stack), file, ageKeyFile, console.log);
  });

runMain(secrets.parseAsync());
