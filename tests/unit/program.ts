import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { SshForward } from "../../components/sshForward";
import { type Recorded, record, settle } from "./recorder";
import { createKey } from "./sshKey";

export const canary = "7a0d5c1a";

/** What a run of the program registers, and what it exports. */
export interface Run {
  readonly resources: ReadonlyMap<string, Recorded>;
  readonly exports: { readonly secrets: pulumi.Output<unknown> };
}

const folder = mkdtempSync(join(tmpdir(), "nixmox-program-"));
process.once("exit", () => rmSync(folder, { recursive: true }));

/** A line in the middle of the SSH key that the last run was given. */
export let sshKeyLine = "";

/** Runs the whole program against no engine, with `Pulumi.yaml`'s defaults and some settings. */
export async function runProgram(
  manifest: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const key = join(folder, "id_ed25519");
  // Runs are compared with each other.
  if (!existsSync(key)) createKey(key);
  sshKeyLine = readFileSync(key, "utf8").split("\n")[3]!;
  const resources = record(
    configuration({
      manifest,
      endpoint: "https://pve.example.lan:8006/",
      apiToken: `root@pam!nixmox=${canary}-0000-4000-8000-000000000000`,
      node: "pve1",
      template: "local:vztmpl/x.tar.zst",
      sshPrivateKeyFile: key,
      ...settings,
    }),
  );
  const program = require.resolve("../../index");
  Reflect.deleteProperty(require.cache, program);
  // Nothing connects here, and other tests need the real one.
  const listen = Object.getOwnPropertyDescriptor(SshForward.prototype, "listen")!;
  SshForward.prototype.listen = () => Promise.resolve("http://127.0.0.1:1");
  try {
    const exports = createRequire(__filename)(program) as Run["exports"];
    await settle();
    return { resources, exports };
  } finally {
    Object.defineProperty(SshForward.prototype, "listen", listen);
  }
}

/** A stack's configuration as Pulumi hands it to the program. */
export function configuration(values: Readonly<Record<string, string>>): Record<string, string> {
  const all = { ...defaults, ...values };
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [`nixmox:${key}`, value]));
}

/** What Pulumi takes from `Pulumi.yaml`; a test of the real engine compares both. */
export const defaults: Readonly<Record<string, string>> = {
  manifest: "manifest/nixmox.toml",
  apiTokenFile: "",
  insecure: "false",
  caFile: "",
  pool: "nixmox",
  bridge: "vmbr0",
  datastore: "local-lvm",
  templateType: "nixos",
  vmidBase: "7000",
  parallelCreates: "4",
  sshProxyJump: "",
  sshProxyHostKey: "",
  sshTimeout: "300",
  hostKeys: "{}",
  networkFile: "",
  protect: "true",
  allowReplace: "[]",
  secrets: "{}",
};
