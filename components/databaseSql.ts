import type { DatabaseSpec } from "../manifest/resolve/spec";
import {
  attempt,
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

/**
 * The statements that create a role and its database or bring them up to date. A role may log in
 * only when all of it is done.
 */
export function renderDatabase(entry: DatabaseSpec, password: string): string {
  const role = identifier(entry.owner);
  return [
    ...refuseMissingExtensions(entry),
    ...refuseOtherText(entry),
    createRole(entry.owner),
    limitRole(entry.owner, entry.connection_limit),
    ...namesOf(entry).flatMap((name) => [
      createDatabase(entry, name),
      connect(name),
      refuseForeignTables(entry.owner, name),
      `ALTER DATABASE ${identifier(name)} OWNER TO ${role};`,
      `REVOKE ALL ON DATABASE ${identifier(name)} FROM PUBLIC;`,
      hideActivity,
    ]),
    ...entry.extensions.map((name) => changeExtension(entry, name, "create")),
    letIn(entry.owner, password),
    "",
  ].join("\n");
}

/** The statements that update extensions to the server's version; those that have it stay as they are. */
export function renderUpdates(entry: DatabaseSpec): string {
  return entry.extensions.map((name) => `${changeExtension(entry, name, "update")}\n`).join("");
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

function createDatabase(entry: DatabaseSpec, name: string): string {
  const { collation, ctype, encoding, template, place } = entry;
  const options = [
    `OWNER ${identifier(entry.owner)}`,
    ...(template === "template1" ? [] : [`TEMPLATE ${template}`]),
    ...(encoding === undefined ? [] : [`ENCODING ${literal(encoding)}`]),
    ...(collation === undefined ? [] : [`LC_COLLATE ${literal(collation)}`]),
    ...(ctype === undefined ? [] : [`LC_CTYPE ${literal(ctype)}`]),
  ];
  const statement = literal(`CREATE DATABASE ${identifier(name)} ${options.join(" ")}`);
  // A server may sort by ICU's rules, which these locales are not.
  const provider =
    collation === undefined
      ? ""
      : " || CASE WHEN current_setting('server_version_num')::int < 150000 THEN '' " +
        "ELSE ' LOCALE_PROVIDER libc' END";
  const create = forEach(
    `SELECT ${statement}${provider} ` +
      `WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = ${literal(name)})`,
  );
  if (template === "template1") return `${connectOwn}\n${create}`;
  const complaint = `Unable to create database ${name} as ${place} says (above). Correct its collation, ctype, encoding or template.`;
  return `${connectOwn}\n${attempt(create, complaint)}`;
}

/** What a database's text is like is decided when it is created. */
function refuseOtherText(entry: DatabaseSpec): string[] {
  const { collation, ctype, encoding, place } = entry;
  const plain = (text: string) => `replace(lower(${text}), '-', '')`;
  const compare = (key: string, found: string, wanted: string | undefined) =>
    wanted === undefined
      ? []
      : [
          `CASE WHEN ${plain(found)} <> ${plain(literal(wanted))} ` +
            `THEN ${literal(`${key} `)} || ${found} || ${literal(`, not ${wanted}`)} END`,
        ];
  const faults = [
    ...compare("collation", "d.datcollate", collation),
    ...compare("ctype", "d.datctype", ctype),
    ...compare("encoding", "pg_encoding_to_char(d.encoding)", encoding),
  ];
  if (faults.length === 0) return [];
  const advice =
    `, as ${place} says. PostgreSQL cannot change that later: write in the manifest what the database has, or ` +
    "dump it with pg_dump, drop it, run pulumi up and restore the dump.";
  return [
    [
      "DO $$ DECLARE d record; fault text; BEGIN",
      `  FOR d IN SELECT * FROM pg_database WHERE datname IN (${namesOf(entry).map(literal).join(", ")}) LOOP`,
      `    fault := concat_ws(' and ', ${faults.join(", ")});`,
      "    IF fault <> '' THEN RAISE EXCEPTION USING MESSAGE = " +
        `'Unable to use database ' || d.datname || ': it has ' || fault || ${literal(advice)}; END IF;`,
      "  END LOOP;",
      "END $$;",
    ].join("\n"),
  ];
}

/** Before anything is created, the server is asked for the extensions. */
function refuseMissingExtensions(entry: DatabaseSpec): string[] {
  const { extensions, place, service, name } = entry;
  if (extensions.length === 0) return [];
  const [before, after] = [
    `Unable to create database ${name}: ${place}.extensions names `,
    `, which the server does not have. Correct the name, or add its package in nixos/hosts/${service}.nix: ` +
      "services.postgresql.extensions = ps: [ ps.PACKAGE ];",
  ];
  return [
    [
      "DO $$ DECLARE missing text; BEGIN",
      `  SELECT string_agg(wanted, ', ') INTO missing FROM unnest(ARRAY[${extensions.map(literal).join(", ")}]) AS wanted`,
      "    WHERE NOT EXISTS (SELECT FROM pg_available_extensions WHERE name::text = wanted);",
      "  IF missing IS NOT NULL THEN",
      `    RAISE EXCEPTION USING MESSAGE = ${literal(before)} || missing || ${literal(after)};`,
      "  END IF;",
      "END $$;",
    ].join("\n"),
  ];
}

/** In a session of its own, as its first statement: some extensions insist on that. */
function changeExtension(entry: DatabaseSpec, name: string, verb: "create" | "update"): string {
  const { place, service } = entry;
  const quoted = identifier(name);
  const statement =
    verb === "create"
      ? `CREATE EXTENSION IF NOT EXISTS ${quoted} CASCADE;`
      : `ALTER EXTENSION ${quoted} UPDATE;`;
  const complaint =
    `Unable to ${verb} extension ${name} in database ${entry.name} (above), which ${place}.extensions names. ` +
    `Correct that, or what the server needs for it in nixos/hosts/${service}.nix.`;
  return `\\connect ${identifier(entry.name)}\n${attempt(statement, complaint)}`;
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
  const unused = isUnused(entry.owner);
  const run = (statement: string, condition: string) =>
    `${forEach(`SELECT ${literal(statement)} WHERE ${unused} AND ${condition}`)}\n`;
  const exists = roleExists(entry.owner);
  const owning = `EXISTS (SELECT FROM pg_database WHERE datdba = to_regrole(${literal(role)}))`;
  const drops = namesOf(entry).map((each) =>
    run(`DROP DATABASE IF EXISTS ${identifier(each)} WITH (FORCE)`, "true"),
  );
  return [
    run(`ALTER ROLE ${role} NOLOGIN`, exists),
    `${endSessions(entry.owner, unused)}\n`,
    ...(entry.on_remove === "drop" ? drops : []),
    ...(entry.on_remove === "drop"
      ? [run(`DROP ROLE ${role}`, `${exists} AND NOT ${owning}`)]
      : []),
  ].join("");
}

/** The statement that ends what a host has open, once its line in `pg_hba.conf` is gone. */
export function renderFarewell(entry: DatabaseSpec, address: string): string {
  return `${endSessions(entry.role, `client_addr = ${literal(address)}`)}\n`;
}

/** The lines of `pg_hba.conf` that let the service's host in. */
export function renderHba(entry: DatabaseSpec, address: string): string {
  const role = identifier(entry.role);
  return namesOf(entry)
    .map((name) => `hostssl ${identifier(name)} ${role} ${address}/32 scram-sha-256\n`)
    .join("");
}

/** All databases of an entry. */
export function namesOf({ name, additionaldbs }: DatabaseSpec): string[] {
  return [name, ...additionaldbs];
}
