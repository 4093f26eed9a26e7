import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { quote } from "../../../components/script";
import { startLab, type LabInfo } from "../../../lab/lab";
import { labPaths } from "../../../lab/paths";
import { EVERYTHING, writeAcl } from "../../../lab/pve/acl";

export const repository = resolve(__dirname, "..", "..", "..");
export const TEMPLATE = "local:vztmpl/nixmox-lab-12_amd64.tar.zst";

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** What a command printed and how it ended. */
export interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export async function execute(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  const options = { cwd: repository, env, extendEnv: false, stdin: "ignore" } as const;
  const { exitCode, stdout, stderr } = await execa(command, args, {
    ...options,
    reject: false,
    stripFinalNewline: false,
  });
  return { code: exitCode, stdout, stderr };
}

const TSX = ["--import", require.resolve("tsx")];

/** What a container says on stderr before it runs a command. */
const STARTED = "nixmox-test: logged in";

/** Runs `npm run lab -- ARGS`, without npm in between. */
export function labCli(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  return execute(process.execPath, [...TSX, join(repository, "lab", "cli.ts"), ...args], env);
}

/** A lab in a folder of its own, with its own name, port and network. */
export class TestLab {
  private constructor(
    readonly dir: string,
    readonly info: LabInfo,
    /** Public key that may log in to {@link create}d containers. */
    private readonly sshKey: string,
  ) {}

  static async start(name = "nmxtest", network = "192.168.231.0/24"): Promise<TestLab> {
    const dir = mkdtempSync(join(tmpdir(), "nixmox-test-lab-"));
    const log = () => undefined;
    const info = await startLab({ dir, name, port: await freePort(), network, log });
    writeAcl(labPaths(dir).acl, EVERYTHING);
    const key = join(dir, "test-key");
    await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    return new TestLab(dir, info, readFileSync(`${key}.pub`, "utf8"));
  }

  /** Parameters of a small container, to be sent to `nodes/{node}/lxc`. */
  container(vmid: number, more: Record<string, string> = {}): Record<string, string> {
    return {
      vmid: String(vmid),
      ostemplate: TEMPLATE,
      hostname: `ct${vmid}`,
      cores: "1",
      memory: "256",
      swap: "64",
      rootfs: "local-lvm:2",
      net0: `name=eth0,bridge=vmbr0,ip=${this.address(vmid)}/24,gw=${this.info.network.gateway}`,
      unprivileged: "1",
      features: "nesting=1",
      "ssh-public-keys": this.sshKey,
      start: "1",
      ...more,
    };
  }

  /** Tells one boot of a container from another. */
  bootId(vmid: number): Promise<string> {
    return this.inside(vmid, "stat -c %Y /proc/1; cut -d' ' -f22 /proc/1/stat");
  }

  /** Has a container reboot itself, and returns once it is back. */
  async rebootFromInside(vmid: number): Promise<void> {
    const booted = await this.bootId(vmid);
    // The command must end before the connection does.
    await this.inside(vmid, "systemd-run --quiet --on-active=0.5 systemctl reboot");
    for (let tries = 0; tries < 40; tries++) {
      await sleep(250);
      const now = await this.bootId(vmid).catch(() => booted);
      if (now !== booted) return;
    }
    throw new Error(`container ${vmid} did not reboot`);
  }

  /** The address of the container that {@link container} describes. */
  address(vmid: number): string {
    return this.info.network.gateway.replace(/\d+$/, String(vmid % 256));
  }

  /**
   * Runs a command in a container, once, over SSH; tries until the container lets it in. A command
   * that fails, or takes more than a minute or the seconds given, is an error, and so is a connection
   * that ends while the command runs.
   */
  async inside(
    vmid: number,
    command: string,
    seconds = 60,
    address = this.address(vmid),
  ): Promise<string> {
    const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes"];
    const args = [
      ...["-q", "-i", join(this.dir, "test-key"), "-o", "ConnectTimeout=2"],
      ...options.flatMap((option) => ["-o", option]),
      ...[`root@${address}`, `echo ${STARTED} >&2; timeout ${seconds} bash -c ${quote(command)}`],
    ];
    for (let tries = 0; tries < 60; tries++) {
      const { code, stdout, stderr } = await execute("ssh", args);
      if (code === 0) return stdout.trim();
      // 255 is SSH's own failure; the container may still be starting.
      if (code !== 255 || stderr.includes(STARTED)) {
        const output = stdout + stderr.replace(`${STARTED}\n`, "");
        throw new Error(`Unable to run ${command} in container ${vmid}: ${code}. ${output}`);
      }
      await sleep(250);
    }
    throw new Error(`container ${vmid} does not answer over SSH`);
  }

  /** What is left of the lab in the kernel and on the disk. */
  async remains(): Promise<string[]> {
    const { bridge } = this.info;
    const { run } = labPaths(this.dir);
    const links = (await execute("ip", ["-brief", "link"])).stdout.split("\n");
    const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
    const rules = (await execute("nft", ["list", "tables"])).stdout.split("\n");
    const groups = readdirSync("/sys/fs/cgroup")
      .map((name) => join("/sys/fs/cgroup", name, bridge))
      .concat(join("/sys/fs/cgroup", bridge));
    return [
      ...links.filter((line) => line.includes(bridge) || /^v\w+23[01]i\d/.test(line)),
      ...mounts.filter((line) => line.includes(run) || line.includes(this.dir)),
      ...rules.filter((line) => line.includes(bridge.replace("-", "_"))),
      ...[...groups, run].filter((path) => existsSync(path)),
      ...processes().filter((args) => args.includes(run) || args.includes(this.dir)),
    ];
  }

  removeFolder(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function processes(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    });
}
