import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { DatabaseSpec } from "../manifest/resolve/spec";
import type { RemoteHost } from "./remoteHost";
import { renderScript } from "./script";

export interface DatabaseArgs {
  /** Host of the database server. */
  readonly server: RemoteHost;
  /** Host of the service, the only one that may connect. */
  readonly host: RemoteHost;
  /** The database as the manifest has it. */
  readonly database: DatabaseSpec;
  /** Units of the service that restart when the password changes. */
  readonly restart: readonly string[];
  /** A password chosen by hand; if undefined, one is generated. */
  readonly chosenPassword: pulumi.Input<string | undefined>;
}

/**
 * A database with an owner of its own, reachable from one host with a generated password. When it
 * leaves the manifest, its data stays, and its role can no longer log in, unless `on_remove` says
 * "drop".
 */
export class Database extends pulumi.ComponentResource {
  readonly password: pulumi.Output<string>;
  /** Changes whenever the password file is written. */
  readonly secretVersion: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:Database", name, {}, opts);
    const { server, host, database } = args;
    const { port, owner, password_file: path } = database;
    const generated = new random.RandomPassword(
      `${name}-password`,
      { length: 40, special: false },
      { parent: this },
    );
    this.password = pulumi.secret(
      pulumi
        .all([args.chosenPassword, generated.result])
        .apply(([chosen, result]) => chosen ?? result),
    );
    const role = server.run(
      `${name}-role`,
      {
        create: renderScript("run-sql", port),
        delete: renderScript("run-sql", port, renderRemoval(database)),
        triggers: [`${owner}/${database.name}`],
        stdin: this.password.apply((password) => renderDatabase(database, password)),
      },
      // Deleting comes last: by then, the role is let in again, and its removal does nothing. Otherwise
      // whatever replaces this resource would drop a database with `on_remove = "drop"`.
      { parent: this, deleteBeforeReplace: false },
    );
    const access = server.dropIn(
      `${name}-access`,
      { kind: "hba", content: renderHba(database, host.address) },
      { parent: this, dependsOn: role },
    );
    // Those that have not logged in yet count, too: the role's own limit comes first.
    const connections = 2 * database.connection_limit;
    server.allow(
      `${name}-firewall`,
      [{ source: host.address, ports: [port], connections, comment: owner }],
      { parent: this },
    );
    const secret = host.secretFile(
      `${name}-secret`,
      { path, value: this.password, owner: "root", mode: "0400", restart: args.restart },
      { parent: this, dependsOn: access },
    );
    this.secretVersion = pulumi.unsecret(secret.stdout);
    this.registerOutputs({
      host: database.host,
      port,
      name: database.name,
      role: owner,
      passwordFile: path,
    });
  }
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The statements that create a role and its database or bring them up to date. The server neither
 * logs nor repeats the one that holds the password.
 */
export function renderDatabase(entry: DatabaseSpec, password: string): string {
  const role = identifier(entry.owner);
  const unless = (catalog: string, column: string, value: string) =>
    `WHERE NOT EXISTS (SELECT FROM ${catalog} WHERE ${column} = ${literal(value)}) \\gexec`;
  return [
    "SET log_statement = none;",
    "SET log_min_error_statement = panic;",
    "SET log_min_duration_statement = -1;",
    "SET password_encryption = 'scram-sha-256';",
    `SELECT ${literal(`CREATE ROLE ${role}`)} ${unless("pg_roles", "rolname", entry.owner)}`,
    `ALTER ROLE ${role} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS ` +
      `CONNECTION LIMIT ${entry.connection_limit} PASSWORD ${literal(password)};`,
    endSessions(entry, "true"),
    ...namesOf(entry).flatMap((name) => [
      `SELECT ${literal(`CREATE DATABASE ${identifier(name)} OWNER ${role}`)} ` +
        unless("pg_database", "datname", name),
      `\\connect ${identifier(name)}`,
      refuseForeignTables(entry.owner, name),
      `ALTER DATABASE ${identifier(name)} OWNER TO ${role};`,
      `REVOKE ALL ON DATABASE ${identifier(name)} FROM PUBLIC;`,
      hideActivity,
    ]),
    `\\connect ${identifier(entry.name)}`,
    ...entry.extensions.map((name) => `CREATE EXTENSION IF NOT EXISTS ${identifier(name)};`),
    "",
  ].join("\n");
}

/**
 * When and how other services use the server is hidden from this one. That they exist can't
 * be hidden: pg_dump has to read the list of databases.
 */
const hideActivity = `DO $$ DECLARE f regprocedure; BEGIN
  FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
    AND proname ~ '^pg_stat_get_(activity|backend_|db_|progress_info)'
  LOOP EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f); END LOOP;
END $$;
REVOKE SELECT ON pg_prepared_xacts, pg_db_role_setting FROM PUBLIC;`;

/** Ends the sessions of a role, which may have been opened with a password that is no longer valid. */
function endSessions({ owner }: DatabaseSpec, condition: string): string {
  return (
    "SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity " +
    `WHERE usename = ${literal(owner)} AND ${condition} \\gset`
  );
}

/** A database's new owner cannot read what belongs to the old one: a person has to hand that over. */
function refuseForeignTables(owner: string, database: string): string {
  const advice = `Run REASSIGN OWNED BY the old role TO ${identifier(owner)} in database ${database} first`;
  return [
    "DO $$ BEGIN",
    "  IF EXISTS (SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner",
    `    WHERE c.relkind IN ('r', 'p') AND r.rolname <> ${literal(owner)} AND NOT r.rolsuper)`,
    `  THEN RAISE EXCEPTION 'its tables belong to another role. ${advice.replaceAll("'", "''")}';`,
    "  END IF;",
    "END $$;",
  ].join("\n");
}

/**
 * The statements for when the service leaves the manifest. They do nothing while another fragment
 * still lets the role in: the database has then only moved to another key.
 */
export function renderRemoval(entry: DatabaseSpec): string {
  const role = identifier(entry.owner);
  const name = literal(entry.owner);
  const unused = `NOT EXISTS (SELECT FROM pg_hba_file_rules WHERE ${name} = ANY (user_name))`;
  const run = (statement: string, condition: string) =>
    `SELECT ${literal(statement)} WHERE ${unused} AND ${condition} \\gexec\n`;
  const exists = `EXISTS (SELECT FROM pg_roles WHERE rolname = ${name})`;
  const owning = `EXISTS (SELECT FROM pg_database WHERE datdba = to_regrole(${literal(role)}))`;
  const drops = namesOf(entry).map((each) =>
    run(`DROP DATABASE IF EXISTS ${identifier(each)} WITH (FORCE)`, "true"),
  );
  return [
    run(`ALTER ROLE ${role} NOLOGIN`, exists),
    `${endSessions(entry, unused)}\n`,
    ...(entry.on_remove === "drop" ? drops : []),
    ...(entry.on_remove === "drop"
      ? [run(`DROP ROLE ${role}`, `${exists} AND NOT ${owning}`)]
      : []),
  ].join("");
}

/** The lines of `pg_hba.conf` that let the service's host in. */
export function renderHba(entry: DatabaseSpec, address: string): string {
  const role = identifier(entry.owner);
  return namesOf(entry)
    .map((name) => `hostssl ${identifier(name)} ${role} ${address}/32 scram-sha-256\n`)
    .join("");
}

function namesOf({ name, additionaldbs }: DatabaseSpec): string[] {
  return [name, ...additionaldbs];
}
