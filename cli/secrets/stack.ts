import { type Login, loginOf, readDeployment } from "../deployedServices";
import { openStack, type Pulumi } from "../pulumi";
import { projectDir } from "../workspace";
import { chosenSecrets, secretsOf, type StackSecret } from "./inventory";

/** A stack as the commands on secrets see it. */
export interface SecretsStack extends Login {
  readonly name: string;
  readonly pulumi: Pulumi;
  readonly secrets: readonly StackSecret[];
  /** Further words for commands that name the stack. */
  readonly option: string;
}

/** Values by service and name. */
export type Values = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Opens an existing stack. */
export async function openSecrets(name: string): Promise<SecretsStack> {
  const pulumi = await openStack(projectDir, name);
  const deployment = await readDeployment(pulumi, name);
  // Its secret values are in no argument, and are dropped here: only their names are of interest.
  const configuration = await pulumi.read([
    ...["config", "--json", "--show-secrets", "--stack", name],
  ]);
  return {
    name,
    pulumi,
    secrets: secretsOf(deployment, chosenSecrets(configuration)),
    ...loginOf(projectDir, deployment.config),
    option: `--stack ${name}`,
  };
}

/** What the stack exports: the values of its secrets, and its authority's certificate. */
export async function readOutputs(pulumi: Pulumi, stack: string) {
  const args = ["stack", "output", "--show-secrets", "--json", "--stack", stack];
  const outputs = JSON.parse(await pulumi.read(args)) as {
    secrets?: Values;
    caCertificate?: string;
  };
  return { secrets: outputs.secrets ?? {}, caCertificate: outputs.caCertificate };
}
