import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { prepareWorkspace, pulumiVariables } from "../cli/workspace";
import { loadManifest } from "../manifest/load";
import { provideToolchain } from "../toolchain/provide";

const repository = join(__dirname, "..");
const sizes = [10, 50, 250];
const MIB = 2 ** 20;

/** What one preview took. */
interface Measured {
  readonly resources: number;
  readonly seconds: number;
  /** The most memory that the program had, in MiB. */
  readonly memory: number;
  /** The most memory that the program, the engine and the plugins had together, in MiB. */
  readonly all: number;
}

/**
 * Previews homelabs of growing size, each service with a database and a route, and beside each as
 * many resources that are nothing but registered.
 */
export async function previewBench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-bench-"));
  try {
    const { bin } = await provideToolchain({ quiet: true });
    const project = copyProject(folder);
    const env = pulumiVariables(prepareWorkspace(project), bin);
    const preview = async (cwd: string): Promise<Measured> => {
      const [measured, stdout] = await measure(join(bin, "pulumi"), cwd, env);
      return { ...measured, resources: Number(/\+ (\d+) to create/.exec(stdout)?.[1]) };
    };
    await execa(join(bin, "pulumi"), ["stack", "init", "dev"], { cwd: project, env });
    let smallest: Measured | undefined;
    for (const size of sizes) {
      writeServices(project, size);
      const homelab = await preview(project);
      smallest ??= homelab;
      const bare = join(folder, `bare-${size}`);
      writeBare(bare, homelab.resources);
      await execa(join(bin, "pulumi"), ["stack", "init", "dev"], { cwd: bare, env });
      print(size, homelab, smallest, await preview(bare));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function print(size: number, homelab: Measured, smallest: Measured, bare: Measured): void {
  const ratio = (key: "seconds" | "memory", other: Measured) =>
    (homelab[key] / other[key]).toFixed(1).padStart(5);
  const services = size === 1 ? "service" : "services";
  console.log(
    `${String(size).padStart(4)} ${services}, ${String(homelab.resources).padStart(5)} resources: ` +
      `${homelab.seconds.toFixed(1)} s, ${homelab.memory.toFixed(0)} MiB (${homelab.all.toFixed(0)} MiB with engine and plugins); ` +
      `time${ratio("seconds", smallest)} and memory${ratio("memory", smallest)} of ${sizes[0]} services', ` +
      `time${ratio("seconds", bare)} and memory${ratio("memory", bare)} of bare resources'`,
  );
}

/** The project as a user has it, with settings that a preview needs. */
function copyProject(folder: string): string {
  const project = join(folder, "project");
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ":!tests"];
  const files = execFileSync("git", list, { cwd: repository, encoding: "utf8" });
  for (const file of files.split("\0").filter(Boolean)) {
    cpSync(join(repository, file), join(project, file), { recursive: true });
  }
  symlinkSync(join(repository, "node_modules"), join(project, "node_modules"));
  const token = join(project, ".nixmox", "lab", "api-token");
  mkdirSync(join(token, ".."), { recursive: true });
  writeFileSync(token, "nixmox@pve!bench=00000000-0000-4000-8000-000000000000\n", { mode: 0o600 });
  mkdirSync(join(token, "..", "tls"));
  writeFileSync(join(token, "..", "tls", "cert.pem"), "-----BEGIN CERTIFICATE-----\n");
  return project;
}

function writeServices(project: string, size: number): void {
  const file = join(project, "manifest", "nixmox.toml");
  const services = Array.from(
    { length: size },
    (_, i) =>
      `[services.s${i}]\nip = "10.20.${1 + Math.floor(i / 200)}.${10 + (i % 200)}"\n` +
      'ports = [8080]\nmodules = ["miniflux"]\n' +
      "interface = { db = {}, route = {}, secrets.admin-password = {} }\n",
  );
  const head = [
    '[network]\ndomain = "nixmox.lan"\nnetwork_cidr = "10.20.0.0/16"\ngateway = "10.20.0.1"',
    '[core_services]\ndns = { ip = "10.20.0.2" }\npostgresql = { ip = "10.20.0.3" }',
    'caddy = { ip = "10.20.0.4" }\n[services]\nmonitoring = { ip = "10.20.0.5" }',
  ];
  writeFileSync(file, [...head, ...services].join("\n"));
  loadManifest(file);
}

/** A program that registers some resources and does nothing else. */
function writeBare(folder: string, count: number): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "Pulumi.yaml"), `name: bare-${count}\nruntime: nodejs\n`);
  writeFileSync(join(folder, "package.json"), '{ "main": "index.js" }\n');
  writeFileSync(
    join(folder, "index.js"),
    `const random = require("@pulumi/random");\n` +
      `for (let i = 1; i < ${count}; i++) new random.RandomId("r" + i, { byteLength: 4 });\n`,
  );
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
}

/** What a preview took, and what it printed. */
async function measure(
  pulumi: string,
  cwd: string,
  env: Record<string, string | undefined>,
): Promise<[Omit<Measured, "resources">, stdout: string]> {
  const began = performance.now();
  const run = execa(pulumi, ["preview", "--stack", "dev", "--non-interactive"], { cwd, env });
  const most = { memory: 0, all: 0 };
  const look = setInterval(() => {
    const found = memoryOf(run.pid!);
    most.memory = Math.max(most.memory, found.program / MIB);
    most.all = Math.max(most.all, found.all / MIB);
  }, 100);
  try {
    const { stdout } = await run;
    return [{ seconds: (performance.now() - began) / 1000, ...most }, stdout];
  } finally {
    clearInterval(look);
  }
}

/** Bytes that Pulumi's program and that all processes below a root hold; shared pages count once. */
function memoryOf(root: number): { program: number; all: number } {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    const stat = readProc(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    parents.set(Number(name), parent);
  }
  const isBelow = (pid: number): boolean =>
    pid === root || (parents.has(pid) && parents.get(pid) !== pid && isBelow(parents.get(pid)!));
  const sizes = [...parents.keys()].filter(isBelow).map((pid) => {
    const pss = /^Pss: +(\d+) kB$/m.exec(readProc(`/proc/${pid}/smaps_rollup`))?.[1];
    const isProgram = readProc(`/proc/${pid}/cmdline`).includes("@pulumi/pulumi/cmd/run");
    return { bytes: Number(pss ?? 0) * 1024, isProgram };
  });
  const sum = (list: typeof sizes) => list.reduce((total, { bytes }) => total + bytes, 0);
  return { program: sum(sizes.filter(({ isProgram }) => isProgram)), all: sum(sizes) };
}

/** A file of a process; empty if the process has ended. */
function readProc(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
