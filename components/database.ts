import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Database as DatabaseEntry } from "../manifest/resolve";
import { FirewallRule } from "./firewallRule";
import { Fragment } from "./fragment";
import type { RemoteHost } from "./remoteHost";
import { SecretFile } from "./secretFile";

export interface DatabaseArgs {
  /** Host of the database server. */
  readonly server: RemoteHost;
  /** Host of the service, the only one that may connect. */
  readonly host: RemoteHost;
  /** The database as the manifest has it. */
  readonly database: DatabaseEntry;
  /** Name of the password's file on the service's host. */
  readonly secretFile: string;
  /** Units of the service that restart when the password changes. */
  readonly restart: readonly string[];
  /** A password chosen by hand; generated where it is undefined. */
  readonly chosenPassword: pulumi.Input<string | undefined>;
}

/**
 * A database with an owner of its own, reachable from one host with a generated password. When it
 * leaves the manifest its data stays, and its role can no longer log in, unless `on_remove` says
 * "drop".
 */
export class Database extends pulumi.ComponentResource {
  readonly address: string;
  readonly port: number;
  readonly database: string;
  readonly role: string;
  /** File on the service's host that holds the password. */
  readonly secretPath: string;
  /** Changes whenever the password's file was written. */
  readonly secretVersion: pulumi.Output<string>;
  readonly password: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:Database", name, {}, opts);
    const { server, host, database } = args;
    this.address = server.address;
    this.port = database.port;
    this.database = database.name;
    this.role = database.owner;

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
    const role = server.command(
      `${name}-role`,
      {
        run: psql(database.port),
        remove: `${psql(database.port)} <<'SQL'\n${renderRemoval(database)}SQL`,
        identity: `${database.owner}/${database.name}`,
        stdin: this.password.apply((password) => renderDatabase(database, password)),
      },
      { parent: this, dependsOn: server },
    );
    const access = new Fragment(
      `${name}-access`,
      { host: server, kind: "hba", file: name, content: renderAccess(database, host.address) },
      { parent: this, dependsOn: role },
    );
    new FirewallRule(
      `${name}-firewall`,
      { host: server, source: host.address, ports: [database.port], comment: database.owner },
      { parent: this },
    );
    const secret = new SecretFile(
      `${name}-secret`,
      { host, file: args.secretFile, value: this.password, restart: args.restart },
      { parent: this, dependsOn: access },
    );
    this.secretPath = secret.path;
    this.secretVersion = secret.version;
    this.registerOutputs({
      address: this.address,
      port: this.port,
      database: this.database,
      role: this.role,
      secretPath: this.secretPath,
    });
  }
}

/**
 * psql as the server's own administrator. Statements that hold a secret come from stdin, never from
 * argv, and a terse error does not repeat them.
 */
function psql(port: number): string {
  const settings = "--set=ON_ERROR_STOP=1 --set=VERBOSITY=terse";
  return `cd / && runuser -u postgres -- psql --no-psqlrc --quiet --port=${port} ${settings} --file=-`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The statements that make a role and its database or bring them up to date. The server neither
 * logs nor repeats the one that holds the password.
 */
export function renderDatabase(entry: DatabaseEntry, password: string): string {
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
      `PASSWORD ${literal(password)};`,
    ...namesOf(entry).flatMap((name) => [
      `SELECT ${literal(`CREATE DATABASE ${identifier(name)} OWNER ${role}`)} ` +
        unless("pg_database", "datname", name),
      `\\connect ${identifier(name)}`,
      refuseForeignTables(entry.owner, name),
      `ALTER DATABASE ${identifier(name)} OWNER TO ${role};`,
      `REVOKE ALL ON DATABASE ${identifier(name)} FROM PUBLIC;`,
    ]),
    `\\connect ${identifier(entry.name)}`,
    ...entry.extensions.map((name) => `CREATE EXTENSION IF NOT EXISTS ${identifier(name)};`),
    "",
  ].join("\n");
}

/** A new owner of a database cannot read what belongs to the old one: that is for a person to hand over. */
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
 * The statements for when the service leaves the manifest. Nothing is done while another fragment
 * still lets the role in: then the database has only come under another key.
 */
export function renderRemoval(entry: DatabaseEntry): string {
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
    ...(entry.on_remove === "drop" ? drops : []),
    ...(entry.on_remove === "drop"
      ? [run(`DROP ROLE ${role}`, `${exists} AND NOT ${owning}`)]
      : []),
  ].join("");
}

/** The lines of `pg_hba.conf` that let the service's host in. */
export function renderAccess(entry: DatabaseEntry, address: string): string {
  const role = identifier(entry.owner);
  return namesOf(entry)
    .map((name) => `host ${identifier(name)} ${role} ${address}/32 scram-sha-256\n`)
    .join("");
}

function namesOf({ name, additionaldbs }: DatabaseEntry): string[] {
  return [name, ...additionaldbs];
}
