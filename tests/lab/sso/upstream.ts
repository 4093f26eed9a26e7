import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** A request as it reached the service behind the proxy. */
export interface Reached {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  /** Names as they were sent, with their values. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/**
 * The program behind the test's own services. It runs here, where one can see what reaches it: the
 * hosts pass their connections on. It answers with what it was asked, speaks WebSocket, and
 * serves the public client's page.
 */
export class Upstream {
  /** All requests so far. */
  readonly reached: Reached[] = [];
  private readonly server: Server;
  /** What the server itself no longer counts as a connection, and waits for. */
  private readonly upgraded: Duplex[] = [];

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.on("data", (data: Buffer) => (body += data.toString()));
      request.on("end", () => {
        const seen = this.see(request, body);
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify(seen));
      });
    });
    this.server.on("upgrade", (request, socket) => {
      this.see(request, "");
      this.upgraded.push(socket);
      const magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
      const key = `${request.headers["sec-websocket-key"]}${magic}`;
      const accept = createHash("sha1").update(key).digest("base64");
      const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket"];
      lines.push("Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`, "", "");
      socket.write(lines.join("\r\n"));
      socket.on("error", () => undefined);
      socket.on("data", (frame: Buffer) => socket.write(echo(frame)));
    });
  }

  /** Listens at an address, and returns the port. */
  async listen(address: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject).listen(port, address, resolve);
    });
    const { port: own } = this.server.address() as AddressInfo;
    if (own !== port) throw new Error(`listens on ${own}`);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    for (const socket of this.upgraded) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What reaches it while something is done. */
  async during(action: () => Promise<unknown>): Promise<Reached[]> {
    const before = this.reached.length;
    await action();
    return this.reached.slice(before);
  }

  private see(request: IncomingMessage, body: string): Reached {
    const { rawHeaders, method = "", url = "", headers } = request;
    const pairs: [string, string][] = [];
    for (let i = 0; i < rawHeaders.length; i += 2) pairs.push([rawHeaders[i]!, rawHeaders[i + 1]!]);
    const seen = { host: headers.host ?? "", method, path: url, headers: pairs, body };
    // Browsers ask for it when they like.
    if (url !== "/favicon.ico") this.reached.push(seen);
    return seen;
  }
}

/** The values of a header, whatever its spelling: hyphens and underscores are the same to many. */
export function valuesOf({ headers }: Reached, name: string): string[] {
  const plain = (text: string) => text.toLowerCase().replaceAll("_", "-");
  return headers.flatMap(([each, value]) => (plain(each) === plain(name) ? [value] : []));
}

/** A short text frame of a client, as the server sends it back. */
function echo(frame: Buffer): Buffer {
  const length = frame[1]! & 0x7f;
  const mask = frame.subarray(2, 6);
  const text = frame.subarray(6, 6 + length).map((byte, i) => byte ^ mask[i % 4]!);
  return Buffer.concat([Buffer.from([0x81, length]), text]);
}
