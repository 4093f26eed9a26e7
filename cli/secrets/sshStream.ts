import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Duplex } from "node:stream";

/**
 * A connection that `ssh -W` makes from another host, in place of a socket: through SSH's own
 * stdin and stdout, so that no port is opened on this machine.
 */
export class SshStream extends Duplex {
  /** The last line of what SSH complained about. */
  complaint = "";
  private hasEnded = false;
  private readonly ssh: ChildProcessWithoutNullStreams;

  constructor(args: readonly string[]) {
    super();
    this.ssh = spawn("ssh", args);
    const { stdin, stdout, stderr } = this.ssh;
    this.ssh.on("error", (error) => this.destroy(error));
    this.ssh.on("close", () => {
      this.hasEnded = true;
      this.destroy(this.complaint === "" ? undefined : new Error(this.complaint));
    });
    stdin.on("error", () => undefined);
    stdout.on("data", (data: Buffer) => {
      if (!this.push(data)) stdout.pause();
    });
    stdout.on("end", () => this.push(null));
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.complaint = text.trim().split("\n").at(-1)!;
    });
  }

  override _read(): void {
    this.ssh.stdout.resume();
  }

  override _write(data: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.ssh.stdin.write(data, done);
  }

  override _final(done: () => void): void {
    this.ssh.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // The user of the stream reports why it ends, unless the end comes first.
    if (this.hasEnded || !this.ssh.kill()) done(error);
    else this.ssh.once("close", () => done(error));
  }

  /** What a client calls on a socket: SSH connects by itself. */
  connect(): this {
    process.nextTick(() => this.emit("connect"));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
