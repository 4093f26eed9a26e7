import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";

/** A server on this machine, and every request that reached it. */
export interface Listener {
  readonly address: string;
  readonly seen: Seen[];
  readonly server: Server;
}

/** A request as a server received it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Starts a server whose answers a function decides. */
export async function listen(
  answer: (request: Seen, response: ServerResponse) => void,
): Promise<Listener> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      seen.push({ method, url, headers, body });
      answer(seen.at(-1)!, response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
}

/** Caddy with some sites, on a free port of this machine. */
export class Proxy {
  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
    private readonly port: number,
  ) {}

  /** `sites` is given a folder for what it needs. */
  static async start(caddy: string, sites: (folder: string) => string): Promise<Proxy> {
    const folder = mkdtempSync(join(tmpdir(), "nixmox-guard-"));
    const [port, plain] = await freePorts();
    const global = `{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\thttps_port ${port}\n\thttp_port ${plain}\n}\n`;
    writeFileSync(join(folder, "Caddyfile"), global + sites(folder));
    const args = ["run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"];
    const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder };
    const child = spawn(caddy, args, { env, stdio: ["ignore", "ignore", "pipe"] });
    await new Promise<void>((resolve, reject) => {
      let said = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (/serving initial configuration/.test(said)) resolve();
      });
      child.once("close", () => reject(new Error(said)));
    });
    return new Proxy(folder, child, port!);
  }

  async stop(): Promise<void> {
    this.process.kill();
    await once(this.process, "close");
    rmSync(this.folder, { recursive: true });
  }

  /** Sends a request exactly as it is written, and leaves the connection open. */
  async open(servername: string, lines: readonly string[]): Promise<Stream> {
    const socket = this.connect(servername);
    await once(socket, "secureConnect");
    socket.write(`${[...lines, `Host: ${servername}`].join("\r\n")}\r\n\r\n`);
    return new Stream(socket);
  }

  private connect(servername: string): TLSSocket {
    const options = { host: "127.0.0.1", port: this.port, servername, rejectUnauthorized: false };
    return connect({ ...options, ALPNProtocols: ["http/1.1"] });
  }

  /** Sends a request exactly as it is written, and returns the first answer. */
  send(servername: string, lines: readonly string[], body = ""): Promise<Answer> {
    const text = `${[...lines, `Host: ${servername}`].join("\r\n")}\r\n\r\n${body}`;
    return new Promise((resolve, reject) => {
      const socket = this.connect(servername).once("secureConnect", () => socket.write(text));
      let received = "";
      socket.setTimeout(5000, () => socket.destroy(new Error(`no answer to ${lines[0]}`)));
      socket.on("error", reject);
      socket.on("close", () => reject(new Error(`no whole answer to ${lines[0]}: ${received}`)));
      socket.setEncoding("utf8").on("data", (part: string) => {
        received += part;
        const answer = parse(received);
        if (!answer) return;
        resolve(answer);
        socket.destroy();
      });
    });
  }
}

/** A connection whose answer comes in parts. */
export class Stream {
  private received = "";
  private changed: () => void = () => undefined;

  constructor(private readonly socket: TLSSocket) {
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.received += text;
      this.changed();
    });
  }

  /** What has come once it has something, which must be soon. */
  async next(what: RegExp): Promise<string> {
    for (const end = Date.now() + 5000; !what.test(this.received);) {
      if (Date.now() > end) throw new Error(`no ${what.source} in: ${this.received}`);
      await new Promise<void>((resolve) => {
        this.changed = resolve;
        setTimeout(resolve, 200);
      });
    }
    return this.received;
  }

  write(text: string): void {
    this.socket.write(text);
  }

  close(): void {
    this.socket.destroy();
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** An answer once it is complete. */
function parse(text: string): Answer | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const status = Number(first.split(" ")[1]);
  const body = text.slice(end + 4);
  const length = headers.find(([name]) => name === "content-length")?.[1];
  const isComplete =
    length !== undefined
      ? Buffer.byteLength(body) >= Number(length)
      : status === 101 || body.endsWith("0\r\n\r\n");
  return isComplete ? { status, headers, body } : undefined;
}

async function freePorts(): Promise<number[]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) server.close();
  return ports;
}
