import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

const sslRequest = 80877103;

/**
 * Pretends to be a PostgreSQL server and asks everyone for their password in plain text, as someone
 * would who has taken over the server's address.
 */
export class FakePostgres {
  /** The passwords that it was given. */
  readonly passwords: string[] = [];
  /** How many connections it has had. */
  connections = 0;
  private readonly server: Server;

  private constructor(identity: Identity | undefined) {
    this.server = createServer((socket) => {
      this.connections++;
      this.serve(socket, identity);
    });
  }

  /** Starts one on an address of this machine. Without a certificate, it speaks no TLS. */
  static async start(address: string, identity?: Identity): Promise<FakePostgres> {
    const fake = new FakePostgres(identity);
    await new Promise<void>((resolve) => fake.server.listen(0, address, resolve));
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The first message is a request for TLS or says who connects; each has its length before it. */
  private serve(socket: Socket, identity: Identity | undefined): void {
    socket.on("error", () => undefined);
    socket.once("data", (message: Buffer) => {
      if (message.length !== 8 || message.readUInt32BE(4) !== sslRequest) {
        return this.askForPassword(socket);
      }
      socket.write(identity ? "S" : "N");
      if (!identity) return this.serve(socket, identity);
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext: createSecureContext(identity),
      });
      secure.on("error", () => undefined);
      secure.once("data", () => this.askForPassword(secure));
    });
  }

  private askForPassword(socket: Socket): void {
    socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    socket.once("data", (message: Buffer) => {
      if (message[0] === 0x70) this.passwords.push(message.subarray(5, -1).toString());
      socket.end();
    });
  }
}
