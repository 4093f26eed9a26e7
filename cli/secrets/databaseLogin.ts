import pg from "pg";
import type { DatabaseLogin } from "./inventory";
import { SshStream } from "./sshStream";

/** What PostgreSQL answers to a wrong password. */
const INVALID_PASSWORD = "28P01";

/**
 * Whether a database server lets a role in with a password: a real login over the wire, through the
 * service's host, since the server answers no other address.
 *
 * @param ssh the arguments that log in to that host
 */
export async function acceptsLogin(
  { address, hostname, port, database, role }: DatabaseLogin,
  password: string,
  ssh: readonly string[],
  caCertificate: string | undefined,
): Promise<boolean> {
  const stream = new SshStream(["-W", `${address}:${port}`, ...ssh]);
  const client = new pg.Client({
    host: hostname,
    port,
    database,
    user: role,
    password,
    connectionTimeoutMillis: 15_000,
    // `verify-full`, as the service itself does it.
    ssl: { ca: caCertificate, servername: hostname },
    enableChannelBinding: true,
    stream: () => stream,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ role: string }>("SELECT current_user AS role");
    return rows[0]?.role === role;
  } catch (error) {
    if ((error as { code?: string }).code === INVALID_PASSWORD) return false;
    throw stream.complaint === "" ? error : new Error(stream.complaint);
  } finally {
    await client.end().catch(() => undefined);
    stream.destroy();
  }
}
