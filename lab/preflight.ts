import { existsSync, readFileSync, statfsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { LabError } from "./errors";
import { cacheDir, NO_PATH } from "./paths";
import { isPortFree, listenerOn } from "./port";
import { type CommandError, run } from "./run";

const GIB = 1024 ** 3;
const NEEDED = 2 * GIB;

/** Programs that the lab runs, and their Debian packages. */
const COMMANDS = {
  "lxc-start": "lxc",
  "lxc-usernsexec": "lxc",
  mmdebstrap: "mmdebstrap",
  ip: "iproute2",
  nft: "nftables",
  openssl: "openssl",
  "ssh-keygen": "openssh-client",
  mount: "mount",
  nsenter: "util-linux",
} as const;

/** Refuses anyone but root: only root may create containers, mounts and bridges. */
export function checkRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new LabError("Unable to run the lab: it needs root. Run it with sudo.");
}

function isInstalled(command: string): boolean {
  const dirs = (process.env.PATH ?? "").split(delimiter);
  return dirs.some((dir) => existsSync(join(dir, command)));
}

function checkCommands(): void {
  const missing = Object.entries(COMMANDS).filter(([command]) => !isInstalled(command));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))].join(" ");
  throw new LabError(
    `Unable to run the lab: ${missing.map(([command]) => command).join(", ")} not found. ` +
      `Run \`apt-get install ${packages}\`.`,
  );
}

async function checkKernel(): Promise<void> {
  const knows = (name: string) => readFileSync("/proc/filesystems", "utf8").includes(`\t${name}\n`);
  if (!knows("overlay")) await run("modprobe", ["overlay"]).catch(() => undefined);
  if (!knows("overlay")) {
    throw new LabError(
      "Unable to run the lab: this kernel has no overlay file system. " +
        "Boot one that has it (CONFIG_OVERLAY_FS).",
    );
  }
  const probe = `nmx-${process.pid}`;
  await run("ip", ["link", "add", "name", probe, "type", "bridge"]).catch((error: Error) => {
    throw new LabError(
      `Unable to run the lab: this kernel cannot create a bridge (${error.message}). ` +
        "Boot one that can (CONFIG_BRIDGE), outside a restricted container.",
    );
  });
  await run("ip", ["link", "delete", probe]);
}

/**
 * Unprivileged containers and their copy of the template need the host's users 100000 to 165535 in
 * a user namespace, which chroots and many containers do not permit, not even to root.
 */
async function checkUserNamespaces(): Promise<void> {
  const env = { PATH: NO_PATH };
  const args = ["-m", "b:0:100000:65536", "--", "/bin/true"];
  await run("/usr/bin/lxc-usernsexec", args, { env }).catch((error: CommandError) => {
    const [first = ""] = (error.stderr || error.message).split("\n");
    // LXC's messages begin with the place in its source.
    const why = first.replace(/^.*?\.c:[^-]*- /, "");
    throw new LabError(
      `Unable to run the lab: user namespaces are not permitted here (${why}). ` +
        "Run it on a machine or in a virtual machine, outside a chroot or container, where " +
        "`sysctl user.max_user_namespaces` is not 0.",
    );
  });
}

function checkSpace(dir: string): void {
  let existing = dir;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  if (bavail * bsize >= NEEDED) return;
  const free = ((bavail * bsize) / GIB).toFixed(1);
  throw new LabError(
    `Unable to run the lab: ${existing} has ${free} GB free, but ${NEEDED / GIB} are needed. ` +
      "Free some space, or use another folder (--dir; XDG_CACHE_HOME for the template).",
  );
}

/** Mount options cannot express these characters. */
function checkFolder(dir: string): void {
  if (!/[,:\\]/.test(dir)) return;
  throw new LabError(
    `Unable to use the folder ${dir}: its path must not contain a comma, colon or backslash. ` +
      "Choose another with --dir (or XDG_CACHE_HOME, for the template).",
  );
}

async function checkPort(port: number): Promise<void> {
  if (await isPortFree(port)) return;
  const owner = listenerOn(port) ?? "another process";
  throw new LabError(
    `Unable to serve the lab's API: port ${port} is taken by ${owner}. ` +
      "Stop it, or choose another port with --port.",
  );
}

/** Refuses a machine that can't run a lab. Cheap, so it comes before anything is built. */
export async function checkMachine(dir: string): Promise<void> {
  checkRoot();
  checkCommands();
  checkFolder(dir);
  checkFolder(cacheDir());
  await checkKernel();
  await checkUserNamespaces();
  checkSpace(dir);
  checkSpace(cacheDir());
}

/** Refuses to start a lab that can't run, before anything is changed. */
export async function preflight(dir: string, port: number): Promise<void> {
  await checkMachine(dir);
  await checkPort(port);
}
