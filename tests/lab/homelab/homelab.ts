import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { provideToolchain, type Toolchain } from "../../../toolchain/provide";
import { prepareWorkspace, pulumiVariables } from "../../../cli/workspace";
import { ProcessWatch } from "./processWatch";

export const repository = join(__dirname, "..", "..", "..");

const stackFile = "Pulumi.dev.yaml";

/** What a test adds to the shipped project. */
export interface Additions {
  /** Lines of the manifest's table `[network]`. */
  readonly network?: string;
  /** Text at the end of the manifest. */
  readonly manifest?: string;
  /** Files of `nixos/hosts`, by name. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Settings of the stack, as YAML, by key. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The result of a finished command. */
export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the stack exports for a service. */
export interface ServiceOutput {
  readonly address: string;
  readonly hostname: string;
  readonly node: string;
  readonly vmid: number;
  readonly urls: readonly string[];
}

/**
 * A copy of the project with its own lab, as a user has it after `git clone`: without modules and
 * without state.
 */
export class Homelab {
  readonly project = mkdtempSync(join(tmpdir(), "nixmox-homelab-"));
  /** Everything that any command printed. */
  printed = "";
  /** Command lines and environments of all processes, on all hosts, while `npm run up` ran. */
  readonly watch = new ProcessWatch();
  private toolchain: Promise<Toolchain> | undefined;
  private readonly shipped: { readonly manifest: string; readonly settings: string };

  constructor(readonly port: number) {
    const files = execFileSync(
      "git",
      ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      { cwd: repository, encoding: "utf8" },
    );
    for (const file of files.split("\0").filter((f) => f && existsSync(join(repository, f)))) {
      mkdirSync(join(this.project, dirname(file)), { recursive: true });
      cpSync(join(repository, file), join(this.project, file), { preserveTimestamps: true });
    }
    this.edit(stackFile, (text) => text.replace(":8006/", `:${port}/`));
    this.shipped = { manifest: this.read("manifest/nixmox.toml"), settings: this.read(stackFile) };
  }

  /** Changes a file of the project. Fails if that changes nothing. */
  edit(file: string, change: (text: string) => string): void {
    const before = this.read(file);
    const after = change(before);
    assert.notEqual(after, before, `nothing of ${file} was changed`);
    this.write(file, after);
  }

  read(file: string): string {
    return readFileSync(join(this.project, file), "utf8");
  }

  write(file: string, text: string): void {
    const path = join(this.project, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Makes the project the shipped one with some additions, whatever it was before. */
  prepare({ network = "", manifest = "", hosts = {}, settings = {} }: Additions): void {
    const shipped = this.shipped.manifest.replace("[network]\n", (line) => line + network);
    this.write("manifest/nixmox.toml", shipped + manifest);
    rmSync(join(this.project, "nixos", "hosts"), { recursive: true, force: true });
    for (const [name, text] of Object.entries(hosts)) this.write(`nixos/hosts/${name}.nix`, text);
    const own = Object.keys(settings).map((key) => `nixmox:${key}`);
    const kept = this.shipped.settings
      .split("\n")
      .filter((line) => line !== "" && !own.some((key) => line.trim().startsWith(`${key}:`)));
    const added = Object.entries(settings).map(([key, value]) => `  nixmox:${key}: ${value}`);
    const salt = /^encryptionsalt: .*$/m.exec(this.read(stackFile))?.[0];
    this.write(stackFile, [...kept, ...added, ...(salt ? [salt] : []), ""].join("\n"));
  }

  /** Deploys the shipped project with some additions, which must succeed. */
  async deploy(additions: Additions): Promise<Finished> {
    this.prepare(additions);
    const finished = await this.up();
    assert.equal(finished.status, 0, finished.stdout + finished.stderr);
    return finished;
  }

  /** Deploys what must be refused, and returns what was printed. */
  async refuse(additions: Additions, change?: (manifest: string) => string): Promise<string> {
    this.prepare(additions);
    if (change) this.edit("manifest/nixmox.toml", change);
    const { status, stdout, stderr } = await this.up();
    assert.notEqual(status, 0, stdout);
    return stdout + stderr;
  }

  /** Deploys the project as it is. */
  async up(): Promise<Finished> {
    return this.pulumi("up", "--stack", "dev", "--yes", "--skip-preview");
  }

  /** Runs an npm script as a user does, with its output kept. */
  async npm(script: string, ...args: string[]): Promise<Finished> {
    return this.keep(
      await finish("npm", ["run", script, "--", ...args], {
        cwd: this.project,
        env: { ...process.env, PULUMI_DEBUG_COMMANDS: "true" },
      }),
    );
  }

  async pulumi(...args: string[]): Promise<Finished> {
    return this.keep(await this.quietly(...args));
  }

  /** A stack output; secrets are not kept with what was printed. */
  async output<T>(name: string): Promise<T> {
    const args = ["stack", "output", name, "--stack", "dev", "--json", "--show-secrets"];
    return JSON.parse((await this.quietly(...args)).stdout) as T;
  }

  /** Pulumi as `npm run env` sets it up, in the project or a folder below it. */
  async quietly(...args: string[]): Promise<Finished> {
    const { bin } = await (this.toolchain ??= provideToolchain({ quiet: true }));
    const variables = pulumiVariables(prepareWorkspace(this.project), bin);
    const env = { ...process.env, ...variables, PULUMI_DEBUG_COMMANDS: "true" };
    return finish(join(bin, "pulumi"), [...args, "--non-interactive"], { cwd: this.project, env });
  }

  async services(): Promise<Record<string, ServiceOutput>> {
    return this.output("services");
  }

  /** Runs a shell script as root on a host, over SSH. */
  async on(address: string, script: string, stdin = ""): Promise<Finished> {
    const key = join(this.project, ".nixmox", "ssh", "id_ed25519");
    const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
    return finish(
      "ssh",
      ["-i", key, ...options.flatMap((o) => ["-o", o]), `root@${address}`, script],
      { stdin },
    );
  }

  remove(): void {
    rmSync(this.project, { recursive: true, force: true });
  }

  private keep(result: Finished): Finished {
    this.printed += result.stdout + result.stderr;
    return result;
  }
}

/** Runs a command to its end without blocking the process. */
export function finish(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; stdin?: string } = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (data: Buffer) => (output.stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (output.stderr += data.toString()));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, ...output }));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.stdin ?? "");
  });
}

/** A TCP port on this machine that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** What `dig` gets from a DNS server, one answer per line. */
export function dig(server: string, ...query: string[]): string[] {
  const { stdout } = spawnSync("dig", [`@${server}`, "+short", "+time=5", "+tries=1", ...query], {
    encoding: "utf8",
  });
  return stdout.split("\n").filter((line) => line !== "" && !line.startsWith(";"));
}

/** How a DNS server answers: NOERROR, NXDOMAIN, SERVFAIL, or nothing at all. */
export function digStatus(server: string, ...query: string[]): string {
  const args = [`@${server}`, "+noall", "+comments", "+time=5", "+tries=1", ...query];
  const { stdout } = spawnSync("dig", args, { encoding: "utf8" });
  return /status: ([A-Z]+)/.exec(stdout)?.[1] ?? "no answer";
}
