import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { CA_VARIABLE } from "./components/proxmox/client";
import { didYouMean } from "./manifest/didYouMean";
import { unfitForEnvironment } from "./manifest/environmentFile";
import { secretId, setCommand } from "./manifest/secretId";
import { readNetworkFile } from "./settings/networkFile";
import { findPlainConfig, type SecretConfig } from "./settings/plainSecrets";
import { givenFiles } from "./settings/givenFiles";
import { exposureOf } from "./settings/privateFile";
import { derive, findKeyFault } from "./settings/sshKey";
import { readProxyJump, type SshProxyJump } from "./settings/sshProxyJump";
import { templateOf } from "./settings/template";

const text = z.string({ error: "is missing" }).min(1, "is empty");
const flag = z.stringbool({ error: "must be true or false" });
const count = z.coerce.number({ error: "must be a number" }).int("must be a whole number");
/** The empty default in `Pulumi.yaml` means no file. */
const optionalFile = z
  .string()
  .optional()
  .transform((file) => (file === "" ? undefined : file));

function json<T extends z.ZodType>(shape: T, command: string) {
  const error = `has the wrong form. Set it with \`pulumi config set ${command}\``;
  const parsed = z.string().transform((value, context) => {
    try {
      return shape.parse(JSON.parse(value));
    } catch {
      // The value may be secret, so it is not part of the message.
      context.issues.push({ code: "custom", message: error, input: undefined });
      return z.NEVER;
    }
  });
  return parsed;
}

/** A fingerprint, or a public key with or without a comment. */
const HOST_KEY =
  /^(SHA256:[A-Za-z0-9+/]{43}|ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}( [^\n]*)?)$/;

/** The stack's configuration as text. `Pulumi.yaml` has its types, defaults and descriptions. */
const schema = z.object({
  manifest: text,
  endpoint: text.pipe(z.url("must be a URL such as https://pve.example.lan:8006/")),
  apiToken: z.string().optional(),
  apiTokenFile: optionalFile,
  insecure: flag,
  caFile: optionalFile,
  pool: z.string().regex(/^[A-Za-z0-9._/-]*$/, "must be the name of a pool"),
  node: text,
  bridge: text,
  datastore: text,
  template: z.string().default(""),
  templateType: z.enum(["nixos", "debian"], { error: "must be nixos or debian" }),
  vmidBase: count.min(100, "must be at least 100").max(990_000_000, "must be at most 990000000"),
  parallelCreates: count.min(1, "must be at least 1"),
  sshPrivateKeyFile: text,
  sshProxyJump: z.string().optional(),
  sshProxyHostKey: z.string().optional(),
  sshTimeout: count.min(1, "must be at least 1"),
  networkFile: optionalFile,
  protect: flag,
  allowReplace: json(z.array(z.string()), "--path 'nixmox:allowReplace[0]' SERVICE"),
  secrets: json(
    z.record(z.string(), z.record(z.string(), z.string())),
    "--secret --path 'nixmox:secrets.SERVICE.NAME'",
  ),
  hostKeys: json(
    z.record(z.string(), z.string().regex(HOST_KEY)),
    "--path 'nixmox:hostKeys.SERVICE' FINGERPRINT",
  ),
});

/** Secrets by service and name. */
export type ChosenSecrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Everything that the program needs to know besides the manifest. */
export interface Settings {
  /** File of the manifest. */
  readonly manifest: string;
  /** How to reach Proxmox VE. */
  readonly proxmox: {
    readonly endpoint: string;
    readonly insecure: boolean;
    /** Certificates that may have signed the endpoint's, in PEM. */
    readonly ca: string | undefined;
    /** API token, as user@realm!name=uuid. */
    readonly token: string;
  };
  /** Node for services that name none. */
  readonly node: string;
  /** What all containers have in common. */
  readonly container: {
    /** Empty: none. */
    readonly pool: string;
    readonly bridge: string;
    readonly datastore: string;
    readonly template: string;
    readonly templateType: "nixos" | "debian";
  };
  readonly vmidBase: number;
  readonly parallelCreates: number;
  readonly ssh: {
    /** Full path of the key that logs in to hosts. */
    readonly privateKeyFile: string;
    /** Full path of the one that the configuration names, where a run may be given another copy. */
    readonly namedKeyFile: string;
    readonly publicKey: string;
    /** Seconds that a new host may take to answer. */
    readonly timeout: number;
    /** What every connection goes through; nothing if hosts are reached directly. */
    readonly jump: SshProxyJump | undefined;
  };
  /** Networks that replace those of the manifest, by name. */
  readonly networkCidrs: Readonly<Record<string, string>>;
  /** Whether containers that hold data are protected. */
  readonly protect: boolean;
  /** Services whose container may be replaced although it holds data. */
  readonly allowReplace: readonly string[];
  /** Host keys that a person has checked, by service, as fingerprints or lines. */
  readonly hostKeys: ReadonlyMap<string, string>;
  /** Values chosen by hand instead of generated ones. */
  readonly secrets: pulumi.Output<ChosenSecrets>;
  /** The names of these values, as `service.secret`. */
  readonly secretNames: readonly string[];
  /** Why some of these values cannot be environment variables, by name. */
  readonly unfitSecrets: ReadonlyMap<string, string>;
}

/** The stack's configuration cannot be used. Each line names the command that corrects it. */
export class SettingsError extends pulumi.RunError {
  constructor(lines: readonly string[]) {
    super(`Unable to use the stack's configuration:\n${lines.map((l) => `  ${l}`).join("\n")}`);
  }
}

/** Reads and checks the stack's configuration. Throws {@link SettingsError} with every fault. */
export function readSettings(
  config: Readonly<Record<string, string>> = pulumi.runtime.allConfig(),
  secretConfig: SecretConfig = engineSecrets(),
): Settings {
  const values = Object.fromEntries(
    Object.keys(schema.shape).map((key) => [key, config[`nixmox:${key}`]]),
  );
  const { data, error } = schema.safeParse(values);
  const faults = [
    ...(error?.issues ?? []).map(formatFault),
    ...unknownKeys(config),
    ...findPlainConfig(config, secretConfig),
    ...exposedPassphrase(),
    ...emptySecrets(data?.secrets ?? {}),
  ];
  const given = givenFiles();
  const ssh = readKey(given.sshKey ?? values.sshPrivateKeyFile, faults);
  const token = given.token
    ? readToken(undefined, given.token, faults)
    : readToken(values.apiToken, values.apiTokenFile, faults);
  const jump = readProxyJump(values.sshProxyJump, values.sshProxyHostKey, faults);
  const ca = readCa(values.caFile, faults);
  const networkCidrs = readNetworks(values.networkFile, faults);
  const template = data ? templateOf(data, faults) : "";
  if (!data || !ssh || token === undefined || faults.length > 0) throw new SettingsError(faults);
  const { manifest, node, vmidBase, parallelCreates, protect, allowReplace, secrets, hostKeys } =
    data;
  const named = namedSecrets(secrets);
  const { bridge, datastore, pool, templateType } = data;
  return {
    manifest,
    proxmox: { endpoint: data.endpoint, insecure: data.insecure, ca, token },
    node,
    container: { bridge, datastore, pool, template, templateType },
    vmidBase,
    parallelCreates,
    ssh: { ...ssh, namedKeyFile: resolve(data.sshPrivateKeyFile), timeout: data.sshTimeout, jump },
    networkCidrs,
    protect,
    allowReplace,
    hostKeys: new Map(Object.entries(hostKeys)),
    secrets: pulumi.secret(secrets),
    secretNames: named.map(({ id }) => id),
    unfitSecrets: new Map(
      named.flatMap(({ id, value }) => {
        const why = unfitForEnvironment(value);
        return why === undefined ? [] : [[id, why] as const];
      }),
    ),
  };
}

function formatFault({ path, message }: z.core.$ZodIssue): string {
  const key = `nixmox:${String(path[0])}`;
  const command = message.includes("`") ? "" : ` Run \`pulumi config set ${key} VALUE\`.`;
  return `${key} ${message}.${command}`;
}

function namedSecrets(secrets: ChosenSecrets): { readonly id: string; readonly value: string }[] {
  return Object.entries(secrets).flatMap(([service, table]) =>
    Object.entries(table).map(([name, value]) => ({ id: secretId(service, name), value })),
  );
}

/** A value that is empty, or that nobody can see, was not given. */
function emptySecrets(secrets: ChosenSecrets): string[] {
  return namedSecrets(secrets)
    .filter(({ value }) => value.trim() === "")
    .map(({ id }) => `nixmox:secrets.${id} is empty. Run \`${setCommand(id)}\` again.`);
}

function unknownKeys(config: Readonly<Record<string, string>>): string[] {
  const known = Object.keys(schema.shape);
  return Object.keys(config).flatMap((key) => {
    const [namespace, name = ""] = key.split(":");
    if (namespace !== "nixmox" || known.includes(name)) return [];
    const hint = didYouMean(name, known);
    return [`${key} is unknown.${hint} Remove it with \`pulumi config rm ${key}\`.`];
  });
}

/** What the engine and the stack's own file say about secrets. */
function engineSecrets(): SecretConfig {
  // The SDK has this function for its own use, and no other way to tell.
  const { isConfigSecret } = pulumi.runtime as unknown as Record<
    "isConfigSecret",
    (key: string) => boolean
  >;
  return { isSecret: isConfigSecret, file: `Pulumi.${pulumi.getStack()}.yaml` };
}

function exposedPassphrase(): string[] {
  const file = process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
  const why = file ? exposureOf(file) : undefined;
  return why === undefined ? [] : [`PULUMI_CONFIG_PASSPHRASE_FILE names ${file}, ${why}`];
}

/** The content of a file that holds a secret; nothing if it cannot be read. */
function readPrivateFile(key: string, file: string, advice: string, faults: string[]) {
  const why = exposureOf(file);
  if (why !== undefined) faults.push(`nixmox:${key} names ${file}, ${why}`);
  return readFile(key, file, advice, faults);
}

/** The content of a file that a key names; nothing if it cannot be read. */
function readFile(key: string, file: string, advice: string, faults: string[]) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "which does not exist" : `which cannot be read: ${message}`;
    faults.push(`nixmox:${key} names ${file}, ${why}. ${advice}`);
    return undefined;
  }
}

function readKey(file: string | undefined, faults: string[]) {
  if (!file) return undefined;
  const advice = "Create a key with `ssh-keygen -t ed25519 -N '' -f FILE`.";
  const privateKey = readPrivateFile("sshPrivateKeyFile", file, advice, faults);
  // OpenSSH refuses an exposed key whatever else it is.
  if (privateKey === undefined || exposureOf(file) !== undefined) return undefined;
  const publicFile = `${file}.pub`;
  const publicKey = existsSync(publicFile)
    ? readFile("sshPrivateKeyFile", publicFile, advice, faults)
    : undefined;
  const fault = findKeyFault(file, privateKey, publicKey);
  if (fault !== undefined) faults.push(`nixmox:sshPrivateKeyFile names ${file}, ${fault}`);
  else if (!existsSync(publicFile)) {
    faults.push(
      `nixmox:sshPrivateKeyFile names ${file}, whose public half ${publicFile} does not exist. ` +
        `Run \`${derive(file)}\`.`,
    );
  }
  if (publicKey === undefined) return undefined;
  return {
    privateKeyFile: resolve(file),
    publicKey: publicKey.trim(),
  };
}

function readCa(file: string | undefined, faults: string[]): string | undefined {
  if (!file) return undefined;
  const advice = "Copy a node's /etc/pve/pve-root-ca.pem there, or start the lab.";
  const pem = readFile("caFile", file, advice, faults);
  if (pem === undefined) return undefined;
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    faults.push(`nixmox:caFile names ${file}, which has no certificate. ${advice}`);
  }
  if (process.env[CA_VARIABLE] !== resolve(file)) {
    faults.push(
      `nixmox:caFile names ${file}, which the Proxmox VE provider only learns from its environment. ` +
        `Run \`eval "$(npm run --silent env -- --stack ${pulumi.getStack()})"\` in this shell.`,
    );
  }
  return pem;
}

function readToken(
  value: string | undefined,
  file: string | undefined,
  faults: string[],
): string | undefined {
  const isToken = (text: string) => /^[^@!=\s]+@[^@!=\s]+![^@!=\s]+=[0-9a-f-]{36}$/i.test(text);
  const form = "of the form user@realm!name=uuid";
  if (file && value !== undefined) {
    faults.push(
      "nixmox:apiToken and nixmox:apiTokenFile are both set. Remove one with `pulumi config rm`.",
    );
    return undefined;
  }
  if (file) {
    const advice = "Start the lab, or write the token there.";
    const token = readPrivateFile("apiTokenFile", file, advice, faults)?.trim();
    if (token === undefined || isToken(token)) return token;
    faults.push(
      `nixmox:apiTokenFile names ${file}, which has no API token. Write one ${form} there.`,
    );
    return undefined;
  }
  if (value !== undefined && isToken(value)) return value;
  const why = value === undefined ? "is missing" : `is not ${form}`;
  faults.push(`nixmox:apiToken ${why}. Run \`pulumi config set --secret nixmox:apiToken\`.`);
  return undefined;
}

function readNetworks(file: string | undefined, faults: string[]) {
  try {
    return file ? readNetworkFile(file) : {};
  } catch (error) {
    const why = error instanceof z.ZodError ? "it has another form" : (error as Error).message;
    faults.push(
      `nixmox:networkFile names ${file}, which has no network_cidr: ${why}. ` +
        "Start the lab again, or remove the file.",
    );
    return {};
  }
}
