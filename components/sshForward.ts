import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { SshProxyJump } from "../settings/sshProxyJump";
import type { SshAgent } from "./sshAgent";
import { configText, jumpText } from "./sshJump";
import { valueOf } from "./valueOf";

export interface SshForwardArgs {
  /** Address of the host, to which root logs in. */
  readonly address: string;
  /** The only host key to accept, as the host's first contact printed it. */
  readonly hostKey: pulumi.Input<string>;
  /** What the connection goes through; nothing if the host is reached directly. */
  readonly jump?: SshProxyJump | undefined;
  /** Holds the key that may log in. */
  readonly agent: Pick<SshAgent, "start" | "socket">;
  /** Port on the host, where it may serve itself alone. */
  readonly remotePort: number;
  /** Preferred port on this machine; the same for every run, or else what is configured with it would change. */
  readonly localPort: number;
}

/**
 * The local port of a forward to a host. It follows from the address, which no other stack has whose
 * hosts are reached from here, and is below the ports that the kernel gives out.
 */
export function forwardPort(address: string): number {
  const number = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return 20_000 + (number % 12_000);
}

/**
 * A port of this machine that leads to a port of a host, through SSH. It is open until this process
 * ends, which is when the engine has done everything. The host is only reached once something
 * connects, so a preview reaches nothing.
 */
export class SshForward {
  private tunnel: Promise<string> | undefined;
  private ssh: ChildProcessWithoutNullStreams | undefined;
  private server: Server | undefined;
  private folder: string | undefined;

  constructor(private readonly args: SshForwardArgs) {}

  /**
   * Opens the port, or another one if a program has it: what is configured with the port then changes
   * in place.
   *
   * @returns its URL, once nothing else can be at it: who connects there sends a secret
   */
  async listen(): Promise<string> {
    const { localPort, address } = this.args;
    const server = createServer((client) => void this.pass(client));
    try {
      await bind(server, localPort).catch(() => bind(server, 0));
    } catch (error) {
      throw new pulumi.RunError(
        `Unable to open a port of this machine that leads to ${address}: ${(error as Error).message}. ` +
          "Check that its loopback interface is up (`ip address show lo`).",
      );
    }
    // It does not keep the program from ending.
    server.unref();
    this.server = server;
    process.once("exit", () => this.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Closes the port and cuts its connections. */
  close(): void {
    this.ssh?.kill();
    this.server?.close();
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  private async pass(client: Socket): Promise<void> {
    client.on("error", () => client.destroy());
    try {
      const host = connect(await (this.tunnel ??= this.open()));
      host.on("error", () => client.destroy());
      host.on("close", () => client.destroy());
      client.on("close", () => host.destroy());
      client.pipe(host).pipe(client);
      client.unref();
      host.unref();
    } catch (error) {
      this.tunnel = undefined;
      client.destroy();
      await pulumi.log.error((error as Error).message);
    }
  }

  /** Starts `ssh`, and returns the local socket that leads to the host's port. */
  private async open(): Promise<string> {
    const { address, agent, hostKey, remotePort, jump } = this.args;
    await agent.start();
    const folder = (this.folder ??= mkdtempSync(join(tmpdir(), "nixmox-forward-")));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const known = join(folder, "known_hosts");
    const through = jumpText(jump, address);
    writeFileSync(known, `${address} ${(await valueOf(hostKey)).trim()}\n${through.knownHosts}`);
    const socket = join(folder, "api");
    rmSync(socket, { force: true });
    const options = [
      "BatchMode=yes",
      "ConnectTimeout=30",
      "ExitOnForwardFailure=yes",
      "GlobalKnownHostsFile=/dev/null",
      "HostKeyAlgorithms=ssh-ed25519",
      `IdentityAgent=${agent.socket}`,
      "LogLevel=ERROR",
      "ServerAliveInterval=5",
      "StrictHostKeyChecking=yes",
      `UserKnownHostsFile=${known}`,
    ];
    const config = join(folder, "config");
    writeFileSync(config, through.config + configText(options.filter((each) => !isOfHost(each))));
    // It ends when nobody holds the other end of its stdin, however this process ends.
    const words = ["-F", config, "-L", `${socket}:127.0.0.1:${remotePort}`];
    words.push(...options.filter(isOfHost).flatMap((option) => ["-o", option]));
    const ssh = spawn("ssh", [...words, `root@${address}`, "echo ready && exec cat >/dev/null"]);
    this.ssh = ssh;
    try {
      await isReady(ssh);
    } catch (error) {
      const why = (error as Error).message.replace(/\.$/, "");
      throw new Error(
        `Unable to reach the API of ${address} over SSH: ${why}. ` +
          "Check that its container runs, and run `pulumi up` again.",
      );
    }
    // What connects next starts it again.
    ssh.once("close", () => (this.tunnel = undefined));
    return socket;
  }
}

/** Whether an option is for the host alone, and not for what the connection goes through. */
function isOfHost(option: string): boolean {
  return /^(ExitOnForwardFailure|HostKeyAlgorithms)=/.test(option);
}

async function bind(server: Server, port: number): Promise<void> {
  await once(server.listen(port, "127.0.0.1"), "listening");
}

/** Waits until the forward is in place. Afterwards, nothing here keeps the program from ending. */
function isReady(ssh: ChildProcessWithoutNullStreams): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    ssh.stdin.on("error", () => undefined);
    ssh.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    ssh.once("error", reject);
    ssh.once("close", () => reject(new Error(said.trim().split("\n").at(-1) || "ssh ended")));
    ssh.stdout.once("data", () => {
      for (const each of [ssh, ssh.stdin, ssh.stdout, ssh.stderr] as unknown as Socket[]) {
        each.unref();
      }
      resolve();
    });
  });
}
