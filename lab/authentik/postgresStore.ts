import { Pool, type PoolConfig } from "pg";
import type { Kind, Kinds } from "./model";
import type { Store } from "./store";

const SCHEMA = `
  CREATE SEQUENCE IF NOT EXISTS lab_number;
  CREATE TABLE IF NOT EXISTS lab_object (
    kind text NOT NULL,
    key text NOT NULL,
    data jsonb NOT NULL,
    expires timestamptz,
    position bigserial,
    PRIMARY KEY (kind, key)
  );
  CREATE INDEX IF NOT EXISTS lab_object_expires ON lab_object (expires);`;

const VALID = "(expires IS NULL OR expires > now())";

/** The service's own database, as the real Authentik uses it. */
export class PostgresStore implements Store {
  readonly #pool: Pool;

  constructor(config: PoolConfig) {
    this.#pool = new Pool({ ...config, max: 10, connectionTimeoutMillis: 10_000 });
    // A server that restarts ends idle connections; the next query opens a new one.
    this.#pool.on("error", (error) => console.error(`PostgreSQL: ${error.message}`));
  }

  /** Creates the tables. Two processes may do so at once. */
  async migrate(): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query("BEGIN");
      await client.query("SELECT pg_advisory_xact_lock(1000)");
      await client.query(SCHEMA);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  }

  async #objects<K extends Kind>(where: string, values: string[]): Promise<Kinds[K][]> {
    const text = `SELECT data FROM lab_object WHERE ${where} AND ${VALID} ORDER BY position`;
    const { rows } = await this.#pool.query<{ data: Kinds[K] }>(text, values);
    return rows.map(({ data }) => data);
  }

  list<K extends Kind>(kind: K): Promise<Kinds[K][]> {
    return this.#objects<K>("kind = $1", [kind]);
  }

  async get<K extends Kind>(kind: K, key: string): Promise<Kinds[K] | undefined> {
    return (await this.#objects<K>("kind = $1 AND key = $2", [kind, key]))[0];
  }

  async put<K extends Kind>(kind: K, key: string, value: Kinds[K], expires?: Date): Promise<void> {
    const text = `INSERT INTO lab_object (kind, key, data, expires) VALUES ($1, $2, $3, $4)
      ON CONFLICT (kind, key) DO UPDATE SET data = excluded.data, expires = excluded.expires`;
    await this.#pool.query(text, [kind, key, JSON.stringify(value), expires ?? null]);
    if (expires) await this.#pool.query("DELETE FROM lab_object WHERE expires <= now()");
  }

  async remove(kind: Kind, key: string): Promise<void> {
    await this.#pool.query("DELETE FROM lab_object WHERE kind = $1 AND key = $2", [kind, key]);
  }

  find<K extends Kind>(kind: K, field: string, value: string): Promise<Kinds[K][]> {
    return this.#objects<K>("kind = $1 AND data->>$2 = $3", [kind, field, value]);
  }

  async removeWhere(kind: Kind, field: string, value: string): Promise<void> {
    const text = "DELETE FROM lab_object WHERE kind = $1 AND data->>$2 = $3";
    await this.#pool.query(text, [kind, field, value]);
  }

  async nextNumber(): Promise<number> {
    const text = "SELECT nextval('lab_number')::int AS number";
    const { rows } = await this.#pool.query<{ number: number }>(text);
    return rows[0]!.number;
  }

  async ping(): Promise<void> {
    await this.#pool.query("SELECT 1 FROM lab_object LIMIT 1");
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
