import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { renderDatabase, renderRemoval, renderUpdates } from "../../components/databaseSql";
import { renderReader, renderReaderRemoval } from "../../components/readerSql";
import type { DatabaseSpec } from "../../manifest/resolve/spec";
import { plainDatabase } from "../unit/plainDatabase";
import { TestPostgres } from "./postgres";

const key = "services.notes.interface.db";

/** A database with these keys, owned by a role of its name. */
const entry = (name: string, keys: Partial<DatabaseSpec> = {}): DatabaseSpec => ({
  ...plainDatabase,
  name,
  owner: name,
  role: name,
  ...keys,
});

/** The same database as a dashboard reads it. */
const reading = (database: DatabaseSpec): DatabaseSpec => ({
  ...database,
  access: "read",
  role: `dashboard_reads_${database.name}`,
});

/** What the scripts do to a real PostgreSQL server. */
describe("a database server", function () {
  this.timeout("2m");
  let server: TestPostgres;
  before(async () => (server = await TestPostgres.start()));
  after(() => server.stop());

  const create = async (database: DatabaseSpec, password = "secret") => {
    const { status, stderr } = await server.run(renderDatabase(database, password));
    assert.deepEqual([status, stderr], [0, ""]);
  };
  const refused = async (sql: string) => {
    const { status, stderr } = await server.run(sql);
    assert.equal(status, 3, stderr);
    return stderr;
  };
  const roles = (pattern: string) =>
    server.ask(
      "postgres",
      `SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname LIKE '${pattern}' ORDER BY 1`,
    );

  it("is made and changed by the same script, and says nothing", async () => {
    const plain = entry("plain", { extensions: ["uuid-ossp", "earthdistance"] });
    await create(plain);
    await create({ ...plain, connection_limit: 9 }, "it's another");
    const { stdout, stderr } = await server.login(
      "plain",
      "it's another",
      "plain",
      "CREATE TABLE t (i int); SELECT extname FROM pg_extension ORDER BY 1;",
    );
    // One brings in what it builds on.
    assert.equal(stdout, "CREATE TABLE\ncube\nearthdistance\nplpgsql\nuuid-ossp\n", stderr);
    assert.match((await server.login("plain", "secret", "plain", "SELECT 1")).stderr, /password/);
  });

  describe("with a collation of its own", () => {
    const matrix = entry("matrix", {
      place: key,
      collation: "C",
      ctype: "C",
      encoding: "UTF8",
      template: "template0",
    });

    it("is what Synapse checks for", async () => {
      await create(matrix);
      const check =
        "SELECT datcollate, datctype, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()";
      const { stdout } = await server.login("matrix", "secret", "matrix", check);
      assert.equal(stdout, "C|C|UTF8\n");
      await create(matrix);
      assert.equal(await server.ask("plain", check), "C.UTF-8|C.UTF-8|UTF8");
      await create(entry("plain", { ctype: "C.utf8", collation: "C.utf8", encoding: "UTF8" }));
    });

    it("is refused where the database has another one, with the way out", async () => {
      await create(entry("settled"));
      const said = await refused(
        renderDatabase(
          { ...matrix, name: "settled", owner: "settled", encoding: "SQL_ASCII" },
          "s",
        ),
      );
      const why =
        "Unable to use database settled: it has collation C.UTF-8, not C and ctype C.UTF-8, not C and " +
        `encoding UTF8, not SQL_ASCII, as ${key} says.`;
      assert.ok(said.includes(why), said);
      assert.match(said, /dump it with pg_dump, drop it, run pulumi up and restore the dump/);
    });

    it("is refused where the server has no such locale, and then nobody can log in", async () => {
      const foreign = { ...matrix, name: "foreign", owner: "foreign", collation: "xx_XX.UTF-8" };
      const said = await refused(renderDatabase(foreign, "s3cret"));
      assert.match(said, /invalid locale name: "xx_XX\.UTF-8"/);
      assert.ok(said.includes(`Unable to create database foreign as ${key} says`), said);
      assert.doesNotMatch(said, /s3cret/);
      assert.equal(await roles("foreign"), "foreign|f");
    });
  });

  describe("with extensions", () => {
    const script = (version: string) =>
      `CREATE FUNCTION spare() RETURNS text LANGUAGE sql AS $$ SELECT '${version}' $$;\n`;

    it("names the key of one that it does not have, before anything is made", async () => {
      const photos = entry("photos", { place: key, extensions: ["hstore", "vchord"] });
      const said = await refused(renderDatabase(photos, "s"));
      assert.ok(said.includes(`${key}.extensions names vchord, which the server does not`), said);
      assert.match(said, /nixos\/hosts\/postgresql\.nix/);
      assert.equal(await roles("photos"), "");
    });

    it("names the key of one that cannot be created, and then nobody can log in", async () => {
      server.provide("broken", "1", { "broken--1.sql": "SELECT no_such_function();\n" });
      const photos = entry("photos", { place: key, extensions: ["broken"] });
      const said = await refused(renderDatabase(photos, "s"));
      assert.match(said, /no_such_function/);
      assert.ok(said.includes("Unable to create extension broken in database photos"), said);
      assert.ok(said.includes(`${key}.extensions`), said);
      assert.equal(await roles("photos"), "photos|f");
    });

    it("gets the server's newer versions", async () => {
      server.provide("spare", "1", { "spare--1.sql": script("first") });
      const database = entry("spares", { extensions: ["spare", "hstore"] });
      await create(database);
      server.provide("spare", "2", {
        "spare--1--2.sql": script("second").replace("CREATE", "CREATE OR REPLACE"),
      });
      assert.equal(await server.ask("spares", "SELECT spare()"), "first");
      for (let times = 0; times < 2; times++) {
        const { status, stderr } = await server.run(renderUpdates(database));
        assert.deepEqual([status, stderr], [0, ""]);
      }
      assert.equal(await server.ask("spares", "SELECT spare()"), "second");
      server.provide("spare", "3", {});
      const said = await refused(renderUpdates({ ...database, place: key }));
      assert.ok(said.includes("Unable to update extension spare in database spares"), said);
    });
  });

  describe("with a reader", () => {
    const cloud = entry("cloud", { additionaldbs: ["cloud-log"] });
    const reader = reading(cloud);
    const read = (sql: string, database = "cloud") =>
      server.login(reader.role, "look", database, sql);

    before(async () => {
      await create(cloud);
      const sql =
        "CREATE TABLE old (v text); INSERT INTO old VALUES ('old'); CREATE SCHEMA deep; CREATE TABLE deep.old AS SELECT 1;";
      await server.login("cloud", "secret", "cloud", sql);
      const { status, stderr } = await server.run(renderReader(reader, "look"));
      assert.deepEqual([status, stderr], [0, ""]);
      const later =
        "CREATE TABLE new (v text); INSERT INTO new VALUES ('new'); CREATE SCHEMA more; CREATE TABLE more.new AS SELECT 2;";
      await server.login("cloud", "secret", "cloud", later);
    });

    it("reads what is there and what comes", async () => {
      const { stdout, stderr } = await read(
        "TABLE old; TABLE deep.old; TABLE new; TABLE more.new; SELECT current_user;",
      );
      assert.equal(stdout, `old\n1\nnew\n2\n${reader.role}\n`, stderr);
      assert.equal((await read("SELECT 1", "cloud-log")).stdout, "1\n");
    });

    it("changes nothing, whatever it sets", async () => {
      for (const sql of [
        "INSERT INTO old VALUES ('x')",
        "DELETE FROM new",
        "CREATE TABLE mine (i int)",
        "CREATE TEMPORARY TABLE mine (i int)",
        "CREATE SCHEMA mine",
        "SELECT setval('s', 9)",
        `SET ROLE cloud`,
        "SELECT rolpassword FROM pg_authid",
        "COPY old TO PROGRAM 'cat'",
      ]) {
        const { status, stderr } = await read(sql);
        assert.notEqual(status, 0, sql);
        const { status: forced, stderr: said } = await read(
          `SET default_transaction_read_only = off; ${sql}`,
        );
        assert.notEqual(forced, 0, sql);
        assert.match(
          stderr + said,
          /permission denied|must be (member|superuser)|does not exist/,
          sql,
        );
      }
      assert.match((await read("DELETE FROM old")).stderr, /read-only transaction|permission/);
      assert.equal(await server.ask("cloud", "SELECT count(*) FROM old"), "1");
    });

    it("cannot connect to any other database", async () => {
      for (const other of ["plain", "matrix"]) {
        assert.match((await read("SELECT 1", other)).stderr, /permission denied for database/);
      }
    });

    it("is gone once it is removed, unless something still lets it in", async () => {
      const { status, stderr } = await server.run(renderReaderRemoval(reader));
      assert.deepEqual([status, stderr], [0, ""]);
      assert.equal(await roles("%reads%"), "");
      assert.equal((await server.run(renderReaderRemoval(reader))).status, 0);
      await server.run(renderReader(reader, "look"));
      await server.run(renderRemoval({ ...cloud, on_remove: "drop" }));
      assert.equal((await server.run(renderReaderRemoval(reader))).stderr, "");
      assert.equal(await roles("%cloud%"), "");
    });
  });

  it("runs nothing of what a service defines in its database as the administrator", async () => {
    const trap = entry("trap", { extensions: ["hstore"] });
    await create(trap);
    const name = "$f$ BEGIN ALTER ROLE trap SUPERUSER; RETURN ";
    const define = [
      `CREATE FUNCTION public.evil(name, name) RETURNS bool LANGUAGE plpgsql AS ${name} true; END $f$`,
      ...["~", "!~", "<>", "="].map(
        (each) =>
          `CREATE OPERATOR public.${each} (FUNCTION = public.evil, LEFTARG = name, RIGHTARG = name)`,
      ),
      `CREATE FUNCTION public.format(text, name) RETURNS text LANGUAGE plpgsql AS ${name} ''; END $f$`,
      `CREATE FUNCTION public.pg_terminate_backend(int) RETURNS bool LANGUAGE plpgsql AS ${name} true; END $f$`,
      "ALTER DATABASE trap SET search_path = public, pg_catalog",
    ];
    const { status, stderr } = await server.login("trap", "secret", "trap", define.join(";\n"));
    assert.equal(status, 0, stderr);
    await create(trap);
    const { status: read, stderr: said } = await server.run(renderReader(reading(trap), "look"));
    assert.deepEqual([read, said], [0, ""]);
    await server.run(renderUpdates(trap));
    await server.run(renderReaderRemoval(reading(trap)));
    assert.equal(
      await server.ask("postgres", "SELECT rolsuper FROM pg_roles WHERE rolname = 'trap'"),
      "f",
    );
  });
});
