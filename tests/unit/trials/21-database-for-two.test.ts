import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { renderHba } from "../../../components/databaseSql";
import { renderReader, renderReaderRemoval } from "../../../components/readerSql";
import { stepsOf } from "../../../manifest/graph/steps";
import { sliceOf } from "../../../manifest/slice";
import { issuesOf, load } from "../fixtures";
import { homelab } from "./homelab";

const services = (workers: string) => `${homelab}
[services.cloud]
ip = "192.168.40.21"
ports = [80]
interface.db = { readers = ["dashboard"], connection_limit = 90 }
[services.cloud-workers]
ip = "192.168.40.24"
depends_on = ["cloud"]
interface.db = ${workers}
[services.dashboard]
ip = "192.168.40.25"
ports = [3000]
interface.db = {}
`;

const { manifest } = load(services('{ of = "cloud" }'));
const find = (name: string) => manifest.services.find((each) => each.name === name)!;

describe("a database for two hosts and a reader", () => {
  it("lets a second host in with the same role", () => {
    const [first, second] = [find("cloud"), find("cloud-workers")].map(
      ({ interface: { dbs } }) => Object.values(dbs)[0]!,
    );
    assert.equal(second!.access, "share");
    assert.deepEqual([second!.name, second!.role], [first!.name, first!.role]);
    assert.equal(second!.password_file, "/var/lib/nixmox/secrets/database-cloud-workers");
    assert.equal(
      renderHba(second!, "192.168.40.24"),
      'hostssl "cloud" "cloud" 192.168.40.24/32 scram-sha-256\n',
    );
    const { databases } = sliceOf(manifest, find("cloud-workers"));
    assert.equal(databases["cloud-workers"]!.role, "cloud");
    assert.deepEqual(load(services('{ of = "cloud.cloud" }')).manifest, manifest);
  });

  it("gives a reader a role of its own, apart from its own database", () => {
    const { databases, readDatabases } = sliceOf(manifest, find("dashboard"));
    assert.deepEqual(Object.keys(databases), ["dashboard"]);
    const { name, role, passwordFile } = readDatabases.cloud!;
    assert.deepEqual(
      [name, role, passwordFile],
      ["cloud", "dashboard_reads_cloud", "/var/lib/nixmox/secrets/database-cloud"],
    );
    const sql = renderReader(find("dashboard").interface.dbs.cloud!, "s");
    assert.match(sql, /SET default_transaction_read_only = on/);
    assert.match(sql, /FOR ROLE "cloud" GRANT SELECT ON TABLES TO "dashboard_reads_cloud"/);
    assert.match(renderReaderRemoval(find("dashboard").interface.dbs.cloud!), /DROP ROLE/);
  });

  it("comes after the service whose database it is, and has room at the server", () => {
    const needs = stepsOf(manifest).find(({ id }) => id === "dashboard.database")!.needs;
    assert.deepEqual(needs, ["cloud.switch", "dashboard.host", "postgresql.healthy"]);
    // Three hosts with 90 each, and one with 20.
    assert.equal(find("postgresql").max_connections, 400);
  });

  it("is still refused where two services would each own it", () => {
    assert.deepEqual(issuesOf(services('{ name = "cloud", owner = "cloud" }')), [
      "taken services.cloud-workers.interface.db",
      "taken services.cloud-workers.interface.db",
    ]);
  });
});
