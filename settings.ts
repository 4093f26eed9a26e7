import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { didYouMean } from "./manifest/didYouMean";

const flag = z.stringbool({ error: "must be true or false" });
const count = z.coerce.number({ error: "must be a number" }).int().min(1);

/** The stack's plain configuration (`pulumi config set nixmox:KEY VALUE`). */
const schema = z.object({
  manifest: z
    .string()
    .default("manifest/nixmox.toml")
    .describe("The manifest, as a path from the project's folder."),
  endpoint: z.url("must be a URL such as https://pve.example.lan:8006/"),
  apiTokenFile: z
    .string()
    .optional()
    .describe("File that holds the API token, in place of the secret nixmox:apiToken."),
  insecure: flag.default(false).describe("Accept any certificate of the endpoint."),
  node: z.string().min(1).describe("Proxmox VE node of services that name none."),
  bridge: z.string().default("vmbr0").describe("Bridge that containers are attached to."),
  datastore: z.string().default("local-lvm").describe("Storage of the root disks."),
  template: z.string().describe("Volume id of the container template."),
  templateType: z.enum(["nixos", "debian"]).default("nixos").describe("Its operating system."),
  sshPrivateKeyFile: z.string().describe("OpenSSH private key that may log in to every host."),
  sshTimeout: count.default(300).describe("Seconds that a new host may take to answer over SSH."),
  networkFile: z
    .string()
    .optional()
    .describe("JSON file whose network_cidr takes the place of the manifest's, if it exists."),
  protect: flag.default(true).describe("Refuse to delete or replace containers that hold data."),
  parallelCreates: count.default(4).describe("Containers made at the same time on one node."),
});

/** Secrets by service and name. */
export type ChosenSecrets = Record<string, Record<string, string>>;

/** All that the program needs to know beside the manifest. */
export interface Settings extends Omit<
  z.output<typeof schema>,
  "apiTokenFile" | "sshPrivateKeyFile" | "networkFile"
> {
  readonly apiToken: pulumi.Output<string>;
  readonly sshPrivateKey: pulumi.Output<string>;
  readonly sshPrivateKeyFile: string;
  readonly sshPublicKey: string;
  /** Network that takes the place of the manifest's. */
  readonly networkCidr: string | undefined;
  /** Services whose container may be replaced although it holds data. */
  readonly allowReplace: readonly string[];
  /** Values chosen by hand in place of generated ones, by service and secret. */
  readonly secrets: pulumi.Output<ChosenSecrets>;
  /** The names of these values, as `service.secret`. */
  readonly secretNames: readonly string[];
}

/** The stack's configuration does not fit. Each line names the command that mends it. */
export class SettingsError extends pulumi.RunError {
  constructor(lines: readonly string[]) {
    super(`Unable to use the stack's configuration:\n${lines.map((l) => `  ${l}`).join("\n")}`);
  }
}

/** Reads and checks the stack's configuration. Throws {@link SettingsError} with every fault. */
export function readSettings(config = new pulumi.Config("nixmox")): Settings {
  const faults: string[] = [];
  const parsed = schema.safeParse(
    Object.fromEntries(Object.keys(schema.shape).map((key) => [key, config.get(key)])),
  );
  for (const { path, message } of parsed.error?.issues ?? []) {
    const key = `nixmox:${path.join(".")}`;
    const why = config.get(String(path[0])) === undefined ? "is missing" : message;
    faults.push(`${key} ${why}. Run \`pulumi config set ${key} VALUE\`.`);
  }
  const known = [...Object.keys(schema.shape), "apiToken", "allowReplace", "secrets"];
  for (const key of Object.keys(pulumi.runtime.allConfig())) {
    const [namespace, name = ""] = key.split(":");
    if (namespace !== "nixmox" || known.includes(name)) continue;
    const hint = didYouMean(name, known);
    faults.push(`${key} is unknown.${hint} Remove it with \`pulumi config rm ${key}\`.`);
  }
  const plain = parsed.data;
  const read = (key: string, file: string | undefined, hint: string) => {
    if (file === undefined) return "";
    if (!existsSync(file)) faults.push(`nixmox:${key} names ${file}, which is not there. ${hint}`);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  const keyFile = plain?.sshPrivateKeyFile;
  const keyHint = "Make one with `ssh-keygen -t ed25519 -N '' -f FILE`.";
  const privateKey = read("sshPrivateKeyFile", keyFile, keyHint);
  if (keyFile && privateKey && !/^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(privateKey)) {
    faults.push(`nixmox:sshPrivateKeyFile names ${keyFile}, which is no private key. ${keyHint}`);
  }
  const publicKey = read("sshPrivateKeyFile", keyFile && `${keyFile}.pub`, keyHint).trim();
  const tokenHint = "Start the lab, or write the token there.";
  const tokenInFile = read("apiTokenFile", plain?.apiTokenFile, tokenHint).trim();
  if (tokenInFile !== "" && !/^[^@!=\s]+@[^@!=\s]+![^@!=\s]+=[0-9a-f-]{36}$/i.test(tokenInFile)) {
    faults.push(
      `nixmox:apiTokenFile names ${plain?.apiTokenFile}, which holds no API token. ` +
        "Write one of the form user@realm!name=uuid there.",
    );
  }
  const token = plain?.apiTokenFile ? pulumi.secret(tokenInFile) : config.getSecret("apiToken");
  if (plain && !token) {
    faults.push("nixmox:apiToken is missing. Run `pulumi config set --secret nixmox:apiToken`.");
  }
  const allowReplace = readJson<string[]>("allowReplace", z.array(z.string()), faults);
  const secrets = readJson<ChosenSecrets>(
    "secrets",
    z.record(z.string(), z.record(z.string(), z.string().min(1))),
    faults,
  );
  const networkCidr = readNetwork(plain?.networkFile, faults);
  if (!plain || !token || faults.length > 0) throw new SettingsError(faults);
  return {
    ...plain,
    apiToken: token,
    sshPrivateKey: pulumi.secret(privateKey),
    sshPrivateKeyFile: resolve(plain.sshPrivateKeyFile),
    sshPublicKey: publicKey,
    networkCidr,
    allowReplace: allowReplace ?? [],
    secrets: pulumi.output(config.getSecretObject<ChosenSecrets>("secrets") ?? {}),
    secretNames: Object.entries(secrets ?? {}).flatMap(([service, table]) =>
      Object.keys(table).map((name) => `${service}.${name}`),
    ),
  };
}

/** A structured value; its content is never part of a message. */
function readJson<T>(key: string, shape: z.ZodType<T>, faults: string[]): T | undefined {
  const text = pulumi.runtime.getConfig(`nixmox:${key}`);
  if (text === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    const command = { secrets: "--secret --path 'nixmox:secrets.SERVICE.NAME'" }[key];
    const path = command ?? `--path 'nixmox:${key}[0]' SERVICE`;
    faults.push(
      `nixmox:${key} has another form than it must have. Remove it with \`pulumi config rm ` +
        `nixmox:${key}\` and set it with \`pulumi config set ${path}\`.`,
    );
    return undefined;
  }
}

function readNetwork(file: string | undefined, faults: string[]): string | undefined {
  if (file === undefined || !existsSync(file)) return undefined;
  try {
    const { network_cidr: cidr } = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    ipaddr.IPv4.parseCIDR(cidr ?? "");
    return cidr;
  } catch (error) {
    const why = (error as Error).message;
    faults.push(`nixmox:networkFile names ${file}, which says no network_cidr: ${why}.`);
    return undefined;
  }
}
