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

/** What a finished command left. */
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
 * A copy of the project with a lab of its own, as a user has it after `git clone`: without modules
 * and without state.
 */
export class Homelab {
  readonly project = mkdtempSync(join(tmpdir(), "nixmox-homelab-"));
  /** Everything that any command printed. */
  printed = "";
  /** Command lines and environments of all processes, on all hosts, while `npm run up` ran. */
  readonly watch = new ProcessWatch();
  private toolchain: Promise<Toolchain> | undefined;

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
    this.edit("Pulumi.dev.yaml", (text) => text.replace(":8006/", `:${port}/`));
  }

  edit(file: string, change: (text: string) => string): void {
    const path = join(this.project, file);
    const before = existsSync(path) ? readFileSync(path, "utf8") : "";
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, change(before));
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

/** A TCP port of this machine that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** What `dig` says at a DNS server, one answer a line. */
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
