import assert from "node:assert/strict";
import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe } from "mocha";

const project = resolve(__dirname, "../../..");

/** What a script must never reach on the machine that the tests run on. */
const programs = [
  "systemctl",
  "systemd-run",
  "nft",
  "journalctl",
  "nix",
  "nix-env",
  "nixos-rebuild",
  "runuser",
  "psql",
  "ssh",
  "ssh-keyscan",
];

/** A script runs as `bash FILE ARGS`, or as the text that a host's login shell gets over SSH. */
const forms = ["as a file", "as a command over SSH"] as const;
export type Form = (typeof forms)[number];

export interface RunOptions {
  readonly input?: string;
  readonly env?: Record<string, string>;
}

/** A script that was started. */
export interface Running {
  /** What it has said so far. */
  stderr: string;
  /** Its exit status, once it has ended. */
  readonly exit: Promise<number | null>;
  /** Ends it as a broken connection does. */
  readonly kill: () => void;
}

/**
 * A folder with fakes of the programs that would change the machine, and a bash that, like the one
 * of NixOS's services, lacks what readline brings: `compgen`, `complete` and `compopt`.
 */
export class FakeHost {
  /** A folder of this test alone. */
  readonly home = mkdtempSync(join(tmpdir(), "nixmox-scripts-"));
  private readonly bin = join(this.home, "bin");
  private readonly log = join(this.home, "calls");

  constructor(
    private readonly script: string,
    private readonly form: Form,
  ) {
    mkdirSync(this.bin);
    writeFileSync(join(this.home, "bashrc"), "enable -n compgen complete compopt\n");
    for (const program of programs) {
      this.fake(program, `echo "unexpected: ${program} $*" >&2; exit 99`);
    }
  }

  /** Puts a program in front of the machine's own. Its calls are noted. */
  fake(program: string, text: string): void {
    const path = join(this.bin, program);
    writeFileSync(path, `#!/bin/bash\necho "${program} $*" >>${this.log}\n${text}\n`);
    chmodSync(path, 0o755);
  }

  /** The calls of fakes so far, oldest first, each as the words it was called with. */
  calls(program = ""): string[] {
    if (!existsSync(this.log)) return [];
    const lines = readFileSync(this.log, "utf8").split("\n").slice(0, -1);
    return lines.filter((line) => line.startsWith(program));
  }

  path(...names: string[]): string {
    return join(this.home, ...names);
  }

  read(...names: string[]): string {
    return readFileSync(this.path(...names), "utf8");
  }

  /** The names of what is in its folder, without hidden ones. */
  files(): string[] {
    return readdirSync(this.home)
      .filter((name) => !name.startsWith("."))
      .sort();
  }

  run(words: readonly string[], { input = "", env = {} }: RunOptions = {}) {
    return spawnSync("bash", this.command(words), {
      input,
      cwd: this.home,
      env: this.environment(env),
      encoding: "utf8",
    });
  }

  /** Starts the script and returns at once. */
  start(words: readonly string[], { input = "", env = {} }: RunOptions = {}): Running {
    const child = spawn("bash", this.command(words), {
      cwd: this.home,
      env: this.environment(env),
      stdio: ["pipe", "ignore", "pipe"],
    });
    child.stdin.end(input);
    const running: Running = {
      stderr: "",
      exit: once(child, "close").then(([status]) => status as number | null),
      kill: () => void child.kill("SIGKILL"),
    };
    child.stderr.setEncoding("utf8").on("data", (text: string) => (running.stderr += text));
    return running;
  }

  remove(): void {
    rmSync(this.home, { recursive: true });
  }

  private command(words: readonly string[]): string[] {
    const file = join(project, this.script);
    // NixOS's writeShellApplication sets these for the scripts of modules.
    const options = this.script.startsWith("nixos/") ? ["-euo", "pipefail"] : [];
    if (this.form === "as a file") return [...options, file, ...words];
    const text = readFileSync(file, "utf8").replace(/^#!.*\n/, "");
    return [...options, "-c", `set -- ${words.map(quote).join(" ")}\n${text}`];
  }

  private environment(extra: Record<string, string>): NodeJS.ProcessEnv {
    return {
      HOME: this.home,
      TMPDIR: this.home,
      PATH: `${this.bin}:${process.env.PATH}`,
      BASH_ENV: join(this.home, "bashrc"),
      // At the first level, a bash whose stdin is a socket reads the machine's bashrc instead.
      SHLVL: "1",
      ...extra,
    };
  }
}

/** Describes a script in both forms, with a host of its own for each test. */
export function describeScript(script: string, body: (host: () => FakeHost) => void): void {
  for (const form of forms) {
    describe(`${script}, ${form}`, () => {
      let host: FakeHost;
      beforeEach(() => {
        host = new FakeHost(script, form);
      });
      afterEach(() => host.remove());
      body(() => host);
    });
  }
}

/** Asserts that a script ended well, and returns what it printed. */
export function succeeded({ status, stdout, stderr }: SpawnSyncReturns<string>): string {
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Asserts that a script gave up, and returns what it said. */
export function failed({ status, stdout, stderr }: SpawnSyncReturns<string>): string {
  assert.notEqual(status, 0, stdout);
  assert.equal(stdout, "");
  return stderr;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
