import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { renderDatabase, renderUpdates } from "../../../components/databaseSql";
import { sliceOf } from "../../../manifest/slice";
import { issuesOf, load } from "../fixtures";
import { homelab } from "./homelab";

const photos = (extensions: string) => `${homelab}
[services.photos]
ip = "192.168.40.32"
ports = [2283]
unit = "immich-server.service"
interface = { db = { name = "immich", extensions = ${extensions} }, proxy = {} }
`;

const key = "services.photos.interface.db.extensions";

function read(extensions: string) {
  const { manifest, warnings } = load(photos(extensions));
  const find = (name: string) => manifest.services.find((each) => each.name === name)!;
  return {
    warnings,
    database: find("photos").interface.dbs.photos!,
    needs: sliceOf(manifest, find("postgresql")).databaseExtensions.map(
      ({ name, package: from, preload }) => [name, from, preload],
    ),
  };
}

describe("a photo library that searches by vectors", () => {
  it("has its extensions' packages and libraries on the server's host", () => {
    const { needs, warnings } = read(
      '["vchord", "cube", "earthdistance", "unaccent", "uuid-ossp"]',
    );
    assert.deepEqual(needs, [
      ["vchord", "vectorchord", "vchord"],
      ["vector", "pgvector", null],
    ]);
    assert.deepEqual(warnings, []);
    assert.deepEqual(read('["postgis_topology", "pg_stat_statements"]').needs, [
      ["pg_stat_statements", null, "pg_stat_statements"],
      ["postgis_topology", "postgis", null],
    ]);
  });

  it("creates them with what they build on, and keeps them current", () => {
    const { database } = read('["vchord", "uuid-ossp"]');
    const sql = renderDatabase(database, "s");
    assert.ok(sql.includes('CREATE EXTENSION IF NOT EXISTS "vchord" CASCADE;'), sql);
    assert.ok(sql.includes('CREATE EXTENSION IF NOT EXISTS "uuid-ossp" CASCADE;'), sql);
    assert.ok(sql.indexOf("LOGIN PASSWORD") > sql.lastIndexOf("CREATE EXTENSION"), sql);
    assert.match(sql, new RegExp(`${key} names`));
    // Some extensions insist on being updated by a session's first statement.
    assert.match(
      renderUpdates(database),
      /\\connect "immich"\n\\set ON_ERROR_STOP off\nALTER EXTENSION "vchord" UPDATE;/,
    );
  });

  it("hears of the name of a project, and of one that is not known", () => {
    assert.deepEqual(issuesOf(photos('["pgvector"]')), [`unknown-extension ${key}[0]`]);
    const { warnings, needs } = read('["pg_trgn", "my_ext"]');
    assert.match(warnings[0]!, /\.extensions\[0\]: .* pg_trgn\. Did you mean "pg_trgm"\?/);
    assert.match(warnings[1]!, /my_ext\..*nixos\/hosts\/postgresql\.nix/);
    // nixpkgs may have it all the same.
    assert.deepEqual(
      needs.map(([name]) => name),
      ["my_ext", "pg_trgn"],
    );
  });
});
