import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { renderDatabase } from "../../../components/databaseSql";
import type { DatabaseSpec } from "../../../manifest/resolve/spec";
import { sliceOf } from "../../../manifest/slice";
import { issuesOf, load } from "../fixtures";
import { homelab } from "./homelab";

const matrix = (db: string) => `${homelab}
[services.matrix]
ip = "192.168.40.31"
ports = [8008]
unit = "matrix-synapse.service"
interface = { db = ${db}, proxy = {} }
`;

const databaseOf = (db: string): DatabaseSpec => {
  const { manifest } = load(matrix(db));
  return manifest.services.find(({ name }) => name === "matrix")!.interface.dbs.matrix!;
};

describe("a chat server that insists on a collation", () => {
  it("gets it, with its character classes, from the template that allows it", () => {
    const asWritten = databaseOf(`{ collation = "C", encoding = "UTF8", template = "template0" }`);
    assert.deepEqual(databaseOf(`{ collation = "C", encoding = "utf-8" }`), asWritten);
    const sql = renderDatabase(asWritten, "s");
    const create =
      'CREATE DATABASE "matrix" OWNER "matrix" TEMPLATE template0 ' +
      "ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C''";
    assert.ok(sql.includes(create), sql);
  });

  it("changes nothing for those that ask for nothing", () => {
    const sql = renderDatabase(databaseOf("{}"), "s");
    assert.ok(sql.includes(`SELECT 'CREATE DATABASE "matrix" OWNER "matrix"' WHERE`), sql);
  });

  it("gets the encoding of a locale, and the server's host the locale", () => {
    const german = '{ collation = "C", ctype = "de_DE.utf8" }';
    assert.equal(databaseOf(german).encoding, "UTF8");
    assert.equal(databaseOf('{ ctype = "de_DE.ISO-8859-15@euro" }').encoding, "LATIN9");
    const { manifest } = load(matrix(german));
    const server = manifest.services.find(({ name }) => name === "postgresql")!;
    assert.deepEqual(sliceOf(manifest, server).databaseLocales, ["de_DE.UTF-8/UTF-8"]);
    assert.deepEqual(sliceOf(manifest, server).databaseExtensions, []);
  });

  it("is refused what PostgreSQL would refuse", () => {
    for (const [db, issue] of [
      ['{ collation = "C", template = "template1" }', "mixed-text template"],
      ['{ collation = "de_DE" }', "wrong-format collation"],
      ['{ encoding = "UTF-16" }', "wrong-format encoding"],
      ['{ encoding = "LATIN1" }', "mixed-text encoding"],
    ] as const) {
      const [code, key] = issue.split(" ");
      assert.deepEqual(issuesOf(matrix(db)), [`${code} services.matrix.interface.db.${key}`], db);
    }
    for (const db of ['{ collation = "C", encoding = "SQL_ASCII" }', '{ collation = "POSIX" }']) {
      load(matrix(db));
    }
  });
});
