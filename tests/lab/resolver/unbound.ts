import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildTemplate } from "../../../lab/lab";
import { freePort } from "../homelab/homelab";

const settings = [
  "server:",
  "  do-not-query-localhost: no",
  "  access-control: 127.0.0.0/8 allow",
  "  use-syslog: no",
  '  logfile: ""',
];

/** Real Unbounds, from the lab's template, on ports of this machine. */
export class Unbounds {
  private readonly running: ChildProcess[] = [];

  private constructor(
    private readonly directory: string,
    private readonly rootfs: string,
  ) {}

  static async in(directory: string): Promise<Unbounds> {
    const { base } = await buildTemplate(() => undefined);
    return new Unbounds(directory, join(base, "rootfs"));
  }

  /** Starts one with further clauses, and returns its port. */
  async start(clauses: readonly string[]): Promise<number> {
    const port = await freePort();
    const home = mkdtempSync(join(this.directory, "unbound-"));
    const own = [
      ...settings,
      `  directory: "${home}"`,
      `  interface: 127.0.0.1@${port}`,
      ...['username: ""', 'chroot: ""', 'pidfile: ""'].map((line) => `  ${line}`),
    ];
    const file = join(home, "unbound.conf");
    writeFileSync(file, `${[...own, ...clauses].join("\n")}\n`);
    const [program, ...args] = this.command("unbound");
    execFileSync(...this.checked(file));
    const child = spawn(program!, [...args, "-d", "-c", file], { stdio: "ignore" });
    this.running.push(child);
    for (let i = 0; i < 100 && ask(port, "localhost", "A").status === "no answer"; i++) {
      await sleep(50);
    }
    return port;
  }

  /** One that answers for zones, from files. */
  serve(zones: Readonly<Record<string, string>>): Promise<number> {
    return this.start(
      Object.entries(zones).flatMap(([zone, file]) => [
        "auth-zone:",
        `  name: "${zone}"`,
        `  zonefile: "${file}"`,
        "  for-upstream: no",
      ]),
    );
  }

  async stop(): Promise<void> {
    for (const child of this.running) {
      const ended = once(child, "exit");
      if (child.kill()) await ended;
    }
  }

  private checked(file: string): [string, string[], { stdio: "ignore" }] {
    const [program, ...args] = this.command("unbound-checkconf");
    return [program!, [...args, file], { stdio: "ignore" }];
  }

  /** A program of the template with the template's own libraries. */
  private command(name: string): string[] {
    const libraries = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"];
    return [
      join(this.rootfs, "lib64/ld-linux-x86-64.so.2"),
      "--library-path",
      libraries.map((each) => join(this.rootfs, each)).join(":"),
      join(this.rootfs, "usr/sbin", name),
    ];
  }
}

export interface Answer {
  readonly status: string;
  /** What the records say, sorted. */
  readonly data: readonly string[];
  /** Whether the resolver has validated it. */
  readonly validated: boolean;
}

export function ask(port: number, name: string, type: string): Answer {
  const args = ["@127.0.0.1", "-p", `${port}`, "+noall", "+comments", "+answer", "+tries=1"];
  const { stdout } = spawnSync("dig", [...args, "+time=4", "+adflag", name, type], {
    encoding: "utf8",
  });
  return {
    status: /status: ([A-Z]+)/.exec(stdout)?.[1] ?? "no answer",
    data: [...stdout.matchAll(/^[^;\s]\S*\s+\d+\s+IN\s+\S+\s+(.+)$/gm)].map(([, it]) => it!).sort(),
    validated: /flags:[^;]* ad[ ;]/.test(stdout),
  };
}
