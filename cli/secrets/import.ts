import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { didYouMean } from "../../manifest/didYouMean";
import { unfitForEnvironment } from "../../manifest/environmentFile";
import type { StackSecret } from "./inventory";
import { decryptSops, type SopsValue } from "./sops";
import type { SecretsStack } from "./stack";

/**
 * Puts the values of a SOPS file into a stack's configuration, as secrets. All of them, or none:
 * nothing changes before every name and value is known to be usable, and nothing is kept if one
 * cannot be set. Nothing decrypted is written to a disk.
 *
 * @param print is told what was done
 */
export async function importSecrets(
  stack: SecretsStack,
  file: string,
  keyFile: string | undefined,
  print: (line: string) => void,
): Promise<void> {
  const values = await decryptFile(file, keyFile);
  const faults = values.flatMap((value) => check(value, stack));
  if (values.length === 0) faults.push("it has no values");
  if (faults.length > 0) {
    const lines = faults.map((fault) => `  ${fault}`).join("\n");
    throw new Error(
      `Unable to import ${file}: nothing was changed. Correct these with \`sops ${file}\`:\n${lines}`,
    );
  }
  await setAll(stack, values);
  const count = `${values.length} secret${values.length === 1 ? "" : "s"}`;
  print(`Imported ${count} into the configuration of the stack ${stack.name}:`);
  for (const { path } of values) print(`  ${path.join("/")}`);
  print(`Apply them with \`pulumi up ${stack.option}\`. The file is not needed any more.`);
}

async function decryptFile(file: string, keyFile: string | undefined): Promise<SopsValue[]> {
  const fail = (error: unknown) =>
    new Error(
      `Unable to import ${file}: ${(error as Error).message}. Nothing was changed: ` +
        "correct the file with sops, or name another identity with --age-key-file.",
    );
  try {
    return await decryptSops(readFileSync(file, "utf8"), readIdentities(keyFile));
  } catch (error) {
    throw fail(error);
  }
}

/** The identities in the first of the files that SOPS itself looks for. */
function readIdentities(keyFile: string | undefined): string[] {
  const { SOPS_AGE_KEY_FILE, XDG_CONFIG_HOME } = process.env;
  const config = XDG_CONFIG_HOME ?? join(homedir(), ".config");
  const file = keyFile ?? SOPS_AGE_KEY_FILE ?? join(config, "sops", "age", "keys.txt");
  if (!existsSync(file)) {
    throw new Error(`the age key file ${file} does not exist`);
  }
  const found = readFileSync(file, "utf8").match(/^AGE-SECRET-KEY-\S+$/gm);
  if (!found) throw new Error(`the age key file ${file} has no AGE-SECRET-KEY line`);
  return found;
}

/** What is wrong with a value. The value itself is never part of it. */
function check({ path, value }: SopsValue, { secrets }: SecretsStack): string[] {
  const id = path.join("/");
  const isUsable = ({ origin }: StackSecret) => origin !== "issued" && origin !== "shared";
  const usable = secrets.filter(isUsable).map((each) => each.id);
  const shared = secrets.find((each) => each.id === id && each.origin === "shared");
  if (shared) return [`${path.join(".")} has the value of ${shared.from}. Name that one.`];
  if (!usable.includes(id)) {
    const hint = didYouMean(id, usable) || ` There are: ${usable.join(", ") || "none"}.`;
    return [`${path.join(".")} is not a secret of the manifest.${hint}`];
  }
  if (value.trim() === "") return [`${path.join(".")} is empty.`];
  const isVariable = secrets.some(
    (each) => each.env !== undefined && (each.id === id || each.from === id),
  );
  const why = isVariable ? unfitForEnvironment(value) : undefined;
  return why === undefined ? [] : [`${path.join(".")} cannot be an environment variable: ${why}.`];
}

async function setAll({ pulumi, name }: SecretsStack, values: readonly SopsValue[]) {
  const file = join(pulumi.workspace.project, `Pulumi.${name}.yaml`);
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  try {
    for (const { path, value } of values) {
      const key = `nixmox:secrets.${path.join(".")}`;
      const args = ["config", "set", "--secret", "--raw", "--path", key, "--stack", name];
      await pulumi.read(args, value);
    }
  } catch (error) {
    if (before === undefined) rmSync(file, { force: true });
    else writeFileSync(file, before);
    throw error;
  }
}
