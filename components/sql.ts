/** Pieces of SQL, and of psql's own commands, for the scripts that databases are made with. */

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The server neither logs nor repeats statements of this session, one of which holds a password. */
export const quiet = [
  "SET log_statement = none;",
  "SET log_min_error_statement = panic;",
  "SET log_min_duration_statement = -1;",
  "SET password_encryption = 'scram-sha-256';",
].join("\n");

/** The administrator's own database, in which no service can define anything. */
export const connectOwn = "\\connect postgres";

/**
 * A service owns its database, and what it defines there must not run in the administrator's name:
 * names mean what PostgreSQL itself calls so.
 */
export function connect(database: string): string {
  return `\\connect ${identifier(database)}\nSET search_path = pg_catalog;`;
}

/** Runs a statement that a query makes, once for each row. */
export function forEach(query: string): string {
  return `${query} \\gexec`;
}

/** Creates a role that may not log in yet, unless it exists. */
export function createRole(role: string): string {
  return forEach(
    `SELECT ${literal(`CREATE ROLE ${identifier(role)}`)} ` +
      `WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(role)})`,
  );
}

/** Takes every right from a role that is not about its own databases. */
export function limitRole(role: string, connections: number): string {
  return (
    `ALTER ROLE ${identifier(role)} WITH NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION ` +
    `NOBYPASSRLS CONNECTION LIMIT ${connections};`
  );
}

/**
 * Lets a role log in with a password, and ends the sessions that were opened with an earlier one. This
 * comes last: a role whose database is not complete cannot log in.
 */
export function letIn(role: string, password: string): string {
  return [
    connectOwn,
    quiet,
    `ALTER ROLE ${identifier(role)} WITH LOGIN PASSWORD ${literal(password)};`,
    endSessions(role, "true"),
  ].join("\n");
}

/** Ends the sessions of a role, which may have been opened with a password that is no longer valid. */
export function endSessions(role: string, condition: string): string {
  return (
    "SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity " +
    `WHERE usename = ${literal(role)} AND ${condition} \\gset`
  );
}

/** Whether no fragment lets a role in any more. */
export function isUnused(role: string): string {
  return `NOT EXISTS (SELECT FROM pg_hba_file_rules WHERE ${literal(role)} = ANY (user_name))`;
}

export function roleExists(role: string): string {
  return `EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(role)})`;
}

/** A statement that may fail, and what to say then besides the server's own message. */
export function attempt(statement: string, complaint: string): string {
  return [
    "\\set ON_ERROR_STOP off",
    statement,
    "\\set ON_ERROR_STOP on",
    "\\if :ERROR",
    `DO $$ BEGIN RAISE EXCEPTION USING MESSAGE = ${literal(complaint)}; END $$;`,
    "\\endif",
  ].join("\n");
}
