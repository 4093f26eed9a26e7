import { spawn } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/**
 * An SSH agent of this run, which holds the key that logs in to hosts: so no resource has the key
 * among its inputs, where the state, event logs and debug output of the engine would have it too.
 *
 * It starts when a host is first talked to, and ends with this process, however that ends.
 */
export class SshAgent {
  /** Runs before a resource talks to a host. */
  readonly hook: pulumi.ResourceHook;
  private started: Promise<void> | undefined;

  /**
   * @param keyFile OpenSSH private key
   * @param socket where resources find the agent: relative to the project's folder, and the same for
   *   every run and checkout, or else they would change
   */
  constructor(
    private readonly keyFile: string,
    readonly socket: string,
  ) {
    // The engine looks hooks up by name, also for a service that the program no longer has.
    this.hook = new pulumi.ResourceHook("nixmox-ssh-agent", () => this.start());
  }

  /** Starts the agent, unless it runs. */
  start(): Promise<void> {
    return (this.started ??= this.launch());
  }

  private async launch(): Promise<void> {
    const own = await startAgent(this.keyFile);
    // The agent's own socket is in a folder of its own below /tmp.
    mkdirSync(dirname(this.socket), { recursive: true, mode: 0o700 });
    const link = `${this.socket}.${process.pid}`;
    rmSync(link, { force: true });
    symlinkSync(own, link);
    renameSync(link, this.socket);
  }
}

/** Runs below the agent: adds the key, prints the socket, and waits for the end of stdin. */
const script = 'ssh-add -q -- "$1" </dev/null && echo "$SSH_AUTH_SOCK" && exec cat >/dev/null';

/**
 * Starts an agent with one key, and returns its socket. `ssh-agent` ends itself when its command has
 * ended, which is when this process no longer holds the other end of the pipe.
 */
function startAgent(keyFile: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // Without a terminal, a key with a passphrase fails instead of asking for it.
    const agent = spawn("ssh-agent", ["sh", "-c", script, "sh", keyFile], {
      detached: true,
      env: { ...process.env, SSH_ASKPASS_REQUIRE: "never" },
    });
    const fail = (why: string) =>
      reject(
        new Error(
          `Unable to use the SSH key ${keyFile}: ${why.trim().replace(/\s+/g, " ")}. ` +
            "Correct that, or set nixmox:sshPrivateKeyFile to another key.",
        ),
      );
    let said = "";
    agent.once("error", (error) => fail(error.message));
    agent.once("close", () => fail(said || "ssh-agent ended"));
    agent.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    agent.stdout.setEncoding("utf8").once("data", (socket: string) => {
      // Nothing here keeps the program from ending.
      for (const stream of [agent, agent.stdin, agent.stdout, agent.stderr] as unknown as {
        unref(): void;
      }[]) {
        stream.unref();
      }
      resolve(socket.trim());
    });
  });
}
