import { secretId, setCommand } from "../../manifest/secretId";
import { withSsh } from "../ssh";
import type { StackSecret } from "./inventory";
import { isProvable, Proof } from "./proof";
import { readOutputs, type SecretsStack, type Values } from "./stack";

/**
 * Generates new values for one secret or all of a service's, and proves through the service itself
 * that it refuses the old values and accepts the new ones.
 *
 * @param print is told what was proven
 */
export async function rotate(
  stack: SecretsStack,
  target: string,
  print: (line: string) => void,
): Promise<void> {
  const secrets = select(stack, target);
  const holders = secrets.flatMap((secret) => holdersOf(stack, secret));
  const asked = holders.filter(isProvable);
  const hosts = asked.map(({ host }) => host);
  await withSsh(hosts, stack, async (ssh) => {
    const before = await readOutputs(stack.pulumi, stack.name);
    const proof = new Proof(ssh, before.caCertificate);
    const old = valuesOf(holders, before.secrets);
    for (const secret of asked) {
      if (await proof.isAccepted(secret, old.get(secret)!)) continue;
      throw new Error(
        `Unable to rotate ${secret.id}: ${secret.service} does not accept its current value, so ` +
          "nothing could be proven, and nothing was changed. Run `pulumi up`, or correct its verify in the manifest.",
      );
    }
    await replace(stack, secrets);
    const { secrets: outputs } = await readOutputs(stack.pulumi, stack.name);
    const fresh = valuesOf(holders, outputs);
    for (const secret of holders) {
      if (!asked.includes(secret)) {
        print(`${secret.id}: ${secret.service} has the new value, and nothing says how to ask it.`);
        continue;
      }
      await prove(proof, secret, old.get(secret)!, fresh.get(secret)!);
      print(`${secret.id}: ${secret.service} accepts the new value and refuses the old one.`);
    }
  });
}

/** The secrets that a target names and that can be rotated. Throws if it names one that cannot. */
function select({ secrets, option }: SecretsStack, target: string): StackSecret[] {
  const named = secrets.filter(({ id, service }) => id === target || service === target);
  const isOne = target.includes("/");
  const refuse = (why: string) => new Error(`Unable to rotate ${target}: ${why}`);
  if (named.length === 0) {
    const ids = secrets.map(({ id }) => id).join(", ") || "none";
    throw refuse(`the manifest has no such secret. There are: ${ids}.`);
  }
  const [{ id: first, user }] = named as [StackSecret];
  if (isOne && user !== undefined) {
    throw refuse(
      `${first} is the first password of ${user}, who may have chosen another one. ` +
        `Let ${user} choose again with \`npm run invite -- ${user} ${option}\`.`,
    );
  }
  const generated = named.filter((each) => each.origin === "generated" && each.user === undefined);
  if (isOne || generated.length === 0) {
    const [other] = named.filter(({ origin }) => origin !== "generated");
    if (other?.origin === "issued") {
      const urn = other.generator === undefined ? "" : ` --replace '${other.generator}'`;
      throw refuse(
        `${other.id} is the key of a certificate, which \`pulumi up\` renews in time. ` +
          `To renew it now, run \`pulumi up ${option}${urn}\`.`,
      );
    }
    if (other) throw refuse(adviceFor(other, option));
  }
  for (const secret of generated) {
    const { id, name, generator } = secret;
    const holders = holdersOf({ secrets }, secret);
    const isReachable = holders.every((each) => each.host.hostKey !== undefined);
    if (generator === undefined || !isReachable) {
      throw refuse(`${id} is not deployed yet. Run \`pulumi up ${option}\`.`);
    }
    if (!holders.some(isProvable)) {
      throw refuse(
        `nothing says how to ask the service whether it accepts ${id}, so nothing could be proven. ` +
          `Set interface.secrets.${name}.verify in the manifest.`,
      );
    }
  }
  return generated;
}

/** A secret, and those of other services that have its value. */
function holdersOf(
  { secrets }: Pick<SecretsStack, "secrets">,
  secret: StackSecret,
): readonly StackSecret[] {
  return [secret, ...secrets.filter(({ from }) => from === secret.id)];
}

/** How a value that is not generated is replaced. */
function adviceFor({ id, service, name, origin, from }: StackSecret, option: string): string {
  if (origin === "shared") {
    return `${id} has the value of ${from}. Run \`npm run secrets -- rotate ${from} ${option}\`.`;
  }
  const key = secretId(service, name);
  const set = `\`${setCommand(key, option)}\``;
  if (origin !== "chosen") {
    return (
      `${id} is not generated (generate = false). Get a new value where the current one comes from, ` +
      `run ${set}, which asks for it, and then \`pulumi up ${option}\`.`
    );
  }
  const remove = `pulumi config rm --path 'nixmox:secrets.${key}' ${option}`;
  return (
    `${id} is chosen in the stack's configuration. Run ${set} for another value ` +
    `(or \`${remove}\` for a generated one), and then \`pulumi up ${option}\`.`
  );
}

function valuesOf(secrets: readonly StackSecret[], values: Values): Map<StackSecret, string> {
  return new Map(
    secrets.map((secret) => {
      const value = values[secret.service]?.[secret.name];
      if (value !== undefined) return [secret, value];
      throw new Error(
        `Unable to rotate ${secret.id}: the stack does not export its value. Run \`pulumi up\`.`,
      );
    }),
  );
}

/** A deployment in which the values are generated again. */
async function replace({ pulumi, name }: SecretsStack, secrets: readonly StackSecret[]) {
  const urns = secrets.flatMap(({ generator }) => ["--replace", generator!]);
  const options = ["--stack", name, "--yes", "--skip-preview", "--suppress-outputs"];
  if ((await pulumi.run(["up", ...options, ...urns])) === 0) return;
  throw new Error(
    `Unable to rotate ${secrets.map(({ id }) => id).join(", ")}: pulumi up failed (above), so a value may be new and not yet in use. ` +
      "Correct what it names and run this command again.",
  );
}

async function prove(proof: Proof, secret: StackSecret, old: string, fresh: string) {
  const { id, service, path } = secret;
  const fail = (why: string, advice: string) =>
    new Error(`Unable to prove that ${id} was rotated: ${why}. ${advice}`);
  if (fresh === old) throw fail("its value is still the same", "Run this command again.");
  if (!(await proof.isAccepted(secret, fresh))) {
    throw fail(
      `${service} does not accept the new value, which is in ${path} on its host`,
      secret.login === undefined
        ? `It may not read the file when it restarts: set interface.secrets.${secret.name}.apply in the manifest.`
        : "Look at the journal of the database server.",
    );
  }
  if (await proof.isAccepted(secret, old)) {
    throw fail(
      `${service} still accepts the old value`,
      "Its verify may accept anything, or the service has the old value somewhere else.",
    );
  }
}
