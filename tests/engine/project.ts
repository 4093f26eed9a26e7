import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";
import { prepareWorkspace, pulumiVariables } from "../../cli/workspace";
import { provideToolchain } from "../../toolchain/provide";
import { finish } from "../lab/homelab/homelab";

export const repository = join(__dirname, "..", "..");

/** Writes what the lab would: a certificate that is only used once something is deployed. */
function writeLabCertificate(project: string): void {
  const folder = join(project, ".nixmox", "lab", "tls");
  mkdirSync(folder, { recursive: true });
  const certificate = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n";
  writeFileSync(join(folder, "cert.pem"), certificate);
}

/** A copy of the shipped project with a stack `dev`, on the real engine. */
export class EngineProject {
  readonly folder = mkdtempSync(join(tmpdir(), "nixmox-engine-"));
  /** The environment that Pulumi runs in. */
  variables: NodeJS.ProcessEnv = {};

  static async create(token: string): Promise<EngineProject> {
    const project = new EngineProject();
    const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ":!tests"];
    const files = execFileSync("git", [...list, ":!lab"], { cwd: repository, encoding: "utf8" });
    for (const file of files.split("\0").filter(Boolean)) {
      cpSync(join(repository, file), join(project.folder, file), { recursive: true });
    }
    symlinkSync(join(repository, "node_modules"), join(project.folder, "node_modules"));
    const workspace = prepareWorkspace(project.folder);
    const { bin } = await provideToolchain({ quiet: true });
    // Some flags, such as --event-log, exist only in this mode.
    const debugging = { PULUMI_DEBUG_COMMANDS: "true" };
    project.variables = { ...process.env, ...pulumiVariables(workspace, bin), ...debugging };
    writeFileSync(join(project.folder, ".nixmox", "token"), token, { mode: 0o600 });
    project.set("apiTokenFile", ".nixmox/token");
    writeLabCertificate(project.folder);
    const { status, stderr } = spawnSync("pulumi", ["stack", "init", "dev"], {
      cwd: project.folder,
      env: project.variables,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return project;
  }

  /** Gives a setting of the stack another value. */
  set(key: string, value: string): void {
    const line = `  nixmox:${key}: ${value}`;
    this.edit("Pulumi.dev.yaml", (text) => {
      const found = new RegExp(`^  nixmox:${key}: .*$`, "m");
      return found.test(text)
        ? text.replace(found, line)
        : text.replace("config:", `config:\n${line}`);
    });
  }

  /** Changes a file. Fails if that changes nothing. */
  edit(file: string, change: (text: string) => string): void {
    const path = join(this.folder, file);
    const before = readFileSync(path, "utf8");
    const after = change(before);
    assert.notEqual(after, before, `nothing of ${file} was changed`);
    writeFileSync(path, after);
  }

  /** Makes files the shipped ones again. */
  restore(...files: string[]): void {
    for (const file of files) cpSync(join(repository, file), join(this.folder, file));
  }

  /** Runs Pulumi to its end. */
  async pulumi(...args: string[]) {
    const options = { cwd: this.folder, env: this.variables };
    const { status, stdout, stderr } = await finish(
      "pulumi",
      [...args, "--non-interactive"],
      options,
    );
    return { status, printed: stdout + stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
