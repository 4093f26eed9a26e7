import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { TestPostgres } from "./postgres";

const folder = join(__dirname, "../../nixos/modules/guacamole");
const script = readFileSync(join(folder, "prepare-database.sql"), "utf8");

/** Of the tables that Guacamole 1.6.0 begins with, those that say who may do what. */
const schema = `
CREATE TYPE guacamole_entity_type AS ENUM ('USER', 'USER_GROUP');
CREATE TYPE guacamole_system_permission_type AS ENUM ('CREATE_CONNECTION', 'AUDIT', 'ADMINISTER');
CREATE TABLE guacamole_entity (
  entity_id serial PRIMARY KEY,
  name varchar(128) NOT NULL,
  type guacamole_entity_type NOT NULL,
  UNIQUE (type, name)
);
CREATE TABLE guacamole_user (
  user_id serial PRIMARY KEY,
  entity_id integer NOT NULL UNIQUE REFERENCES guacamole_entity ON DELETE CASCADE,
  password_hash bytea NOT NULL,
  password_salt bytea,
  password_date timestamptz NOT NULL,
  disabled boolean NOT NULL DEFAULT false
);
CREATE TABLE guacamole_user_group (
  user_group_id serial PRIMARY KEY,
  entity_id integer NOT NULL UNIQUE REFERENCES guacamole_entity ON DELETE CASCADE,
  disabled boolean NOT NULL DEFAULT false
);
CREATE TABLE guacamole_system_permission (
  entity_id integer NOT NULL REFERENCES guacamole_entity ON DELETE CASCADE,
  permission guacamole_system_permission_type NOT NULL,
  PRIMARY KEY (entity_id, permission)
);
`;

/** The user that Guacamole's own script creates, as it is published. */
const guacadmin = `
INSERT INTO guacamole_entity (name, type) VALUES ('guacadmin', 'USER');
INSERT INTO guacamole_user (entity_id, password_hash, password_salt, password_date)
SELECT
  entity_id,
  decode('CA458A7D494E3BE824F5E1E175A1556C0F8EEF2C2D7DF3633BEC4A29C4411960', 'hex'),
  decode('FE24ADC5E11E2B25288D1704ABE67A79E342ECC26064CE69C5B3177795A82264', 'hex'),
  now()
FROM guacamole_entity WHERE name = 'guacadmin';
`;

/** What the module's script does to a real PostgreSQL server. */
describe("Guacamole's database", function () {
  this.timeout("2m");
  let server: TestPostgres;
  before(async () => {
    server = await TestPostgres.start();
    await server.run("CREATE DATABASE desks;");
  });
  after(() => server.stop());

  const prepare = async (group: string, password = "") => {
    const files = { "prepare.sql": script, "schema.sql": schema };
    const { status, stdout, stderr } = await server.runFiles(
      "desks",
      files,
      ["schema=/mnt/schema.sql", `group=${group}`],
      password,
    );
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  };
  const administrators = async () =>
    (
      await server.ask(
        "desks",
        "SELECT name FROM guacamole_entity JOIN guacamole_system_permission USING (entity_id) WHERE permission = 'ADMINISTER' ORDER BY name",
      )
    ).split("\n");
  const password = async (name: string) => {
    const row = await server.ask(
      "desks",
      `SELECT encode(password_salt, 'hex'), encode(password_hash, 'hex'), disabled FROM guacamole_user JOIN guacamole_entity USING (entity_id) WHERE name = '${name}'`,
    );
    const [salt = "", hash, disabled] = row.split("|");
    const isValue = (value: string) =>
      createHash("sha256")
        .update(value + salt.toUpperCase())
        .digest("hex") === hash;
    return { salt, isValue, disabled };
  };

  it("is filled once, without the user whose password everyone knows", async () => {
    await prepare("operators", 'pass\\word"1\n');
    assert.deepEqual(await administrators(), ["nixmox", "operators"]);
    const { isValue, disabled } = await password("nixmox");
    assert.ok(isValue('pass\\word"1'));
    assert.equal(disabled, "f");
    assert.equal((await password("guacadmin")).salt, "");
  });

  it("has the file's password after each start, and leaves one alone that is right", async () => {
    const before = await password("nixmox");
    await prepare("operators", 'pass\\word"1');
    assert.equal((await password("nixmox")).salt, before.salt);
    await prepare("operators", "another");
    const { isValue } = await password("nixmox");
    assert.ok(isValue("another") && !isValue('pass\\word"1'));
  });

  it("has the administrators of the manifest and no former ones", async () => {
    await prepare("readers");
    assert.deepEqual(await administrators(), ["readers"]);
    assert.equal((await password("nixmox")).disabled, "t");
    await prepare("", "third");
    assert.deepEqual(await administrators(), ["nixmox"]);
    const { isValue, disabled } = await password("nixmox");
    assert.deepEqual([isValue("third"), disabled], [true, "f"]);
  });

  it("shuts out guacadmin where a database from elsewhere has it", async () => {
    await server.runFiles("desks", { "guacadmin.sql": guacadmin }, []);
    const { isValue, disabled } = await password("guacadmin");
    assert.deepEqual([isValue("guacadmin"), disabled], [true, "f"]);
    await prepare("operators");
    assert.equal((await password("guacadmin")).disabled, "t");
  });
});
