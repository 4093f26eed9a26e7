import type { DatabaseSpec } from "../manifest/resolve/spec";
import { namesOf } from "./databaseSql";
import {
  connect,
  connectOwn,
  createRole,
  endSessions,
  forEach,
  identifier,
  isUnused,
  letIn,
  limitRole,
  literal,
  roleExists,
} from "./sql";

/** The schemas in which a database's own tables are. */
const schemas = "FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'";

/**
 * The statements that create a role which reads a database, or bring it up to date. It may connect and
 * select, from what is there and what the owner will create, and owns nothing.
 */
export function renderReader(entry: DatabaseSpec, password: string): string {
  const role = identifier(entry.role);
  const owner = identifier(entry.owner);
  const grant = (what: string) =>
    forEach(
      `SELECT format(${literal(`GRANT ${what} IN SCHEMA %I TO ${role}`)}, nspname) ${schemas}`,
    );
  const later = (what: string) =>
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT ${what} TO ${role};`;
  return [
    createRole(entry.role),
    limitRole(entry.role, entry.connection_limit),
    `ALTER ROLE ${role} SET default_transaction_read_only = on;`,
    ...namesOf(entry).flatMap((name) => [
      connect(name),
      `GRANT CONNECT ON DATABASE ${identifier(name)} TO ${role};`,
      // Before PostgreSQL 15, everyone may create tables there.
      forEach(
        `SELECT unnest(ARRAY[${literal(`GRANT ALL ON SCHEMA public TO ${owner}`)}, ` +
          "'REVOKE CREATE ON SCHEMA public FROM PUBLIC']) WHERE to_regnamespace('public') IS NOT NULL",
      ),
      forEach(
        `SELECT format(${literal(`GRANT USAGE ON SCHEMA %I TO ${role}`)}, nspname) ${schemas}`,
      ),
      grant("SELECT ON ALL TABLES"),
      grant("SELECT ON ALL SEQUENCES"),
      later("USAGE ON SCHEMAS"),
      later("SELECT ON TABLES"),
      later("SELECT ON SEQUENCES"),
    ]),
    letIn(entry.role, password),
    "",
  ].join("\n");
}

/**
 * The statements for when it does not read the database any more. They do nothing while another
 * fragment still lets the role in. A role that a person has given more stays, and cannot log in.
 */
export function renderReaderRemoval(entry: DatabaseSpec): string {
  const role = identifier(entry.role);
  const other =
    "EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = " +
    `to_regrole(${literal(role)}))`;
  return [
    `SELECT ${roleExists(entry.role)} AND ${isUnused(entry.role)} AS gone \\gset`,
    "\\if :gone",
    `ALTER ROLE ${role} NOLOGIN;`,
    endSessions(entry.role, "true"),
    ...namesOf(entry).flatMap((name) => [
      `SELECT EXISTS (SELECT FROM pg_database WHERE datname = ${literal(name)}) AS there \\gset`,
      "\\if :there",
      connect(name),
      `DROP OWNED BY ${role};`,
      connectOwn,
      "\\endif",
    ]),
    forEach(`SELECT ${literal(`DROP ROLE ${role}`)} WHERE NOT ${other}`),
    "\\endif",
    "",
  ].join("\n");
}
