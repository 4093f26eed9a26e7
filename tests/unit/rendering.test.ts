import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, it } from "mocha";
import { renderDatabase, renderHba, renderRemoval } from "../../components/databaseSql";
import { renderRecords } from "../../components/dnsRecords";
import { renderAccess } from "../../components/remoteHost";
import { renderTarget } from "../../components/scrapeTarget";
import { quote } from "../../components/script";
import { renderRoutes } from "../sites";
import { plainDatabase } from "./plainDatabase";
import { plainRoute as route } from "./plainRoute";

const database = { ...plainDatabase, extensions: ["hstore"], additionaldbs: ["notes-log"] };

/** All texts are present, in this order. */
function assertOrder(text: string, ...parts: string[]): void {
  parts.reduce((from, part) => {
    const at = text.indexOf(part, from);
    assert.notEqual(at, -1, `${part} is missing, or comes too early, in:\n${text}`);
    return at;
  }, 0);
}

describe("rendering", () => {
  it("quotes any word for the shell", () => {
    const word = fc.string({ unit: "binary", minLength: 1 }).filter((w) => !w.includes("\0"));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        const line = `printf '%s\\0' ${words.map(quote).join(" ")}`;
        const printed = execFileSync("sh", ["-c", line], { encoding: "utf8" });
        assert.deepEqual(printed.split("\0").slice(0, -1), words);
      }),
      { numRuns: 50 },
    );
  });

  it("creates a role without any rights beyond its databases", () => {
    const sql = renderDatabase(database, "it's secret");
    assert.match(sql, /NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS/);
    assert.match(sql, /NOBYPASSRLS CONNECTION LIMIT 7;/);
    assert.match(sql, /WITH LOGIN PASSWORD 'it''s secret';/);
    assert.match(sql, /CREATE DATABASE "notes-log" OWNER "writer"/);
    assert.match(sql, /REVOKE ALL ON DATABASE "notes" FROM PUBLIC;/);
    assertOrder(sql, '\\connect "notes"', 'CREATE EXTENSION IF NOT EXISTS "hstore" CASCADE;');
    assertOrder(
      sql,
      "\\connect postgres\nSET log_statement",
      "log_min_error_statement",
      "PASSWORD 'it",
    );
  });

  it("ends the sessions of a role once its password has changed, and of no other", () => {
    const sql = renderDatabase(database, "s");
    assertOrder(sql, "PASSWORD 's'", "pg_terminate_backend(pid)", "usename = 'writer' AND true");
  });

  it("keeps the data when it is removed, and drops only what no one has access to any more", () => {
    assert.match(renderRemoval(database), /ALTER ROLE "writer" NOLOGIN/);
    assert.doesNotMatch(renderRemoval(database), /DROP/);
    const statements = renderRemoval({ ...database, on_remove: "drop" })
      .trim()
      .split("\n");
    const kinds = /ALTER ROLE|pg_terminate_backend|DROP DATABASE|DROP ROLE/;
    assert.deepEqual(
      statements.map((each) => kinds.exec(each)?.[0]),
      ["ALTER ROLE", "pg_terminate_backend", "DROP DATABASE", "DROP DATABASE", "DROP ROLE"],
    );
    for (const each of statements) {
      assert.match(each, /NOT EXISTS \(SELECT FROM pg_hba_file_rules WHERE 'writer' = ANY/);
      assert.match(each, /\\(gexec|gset)$/);
    }
  });

  it("lets one address into each database, with TLS and SCRAM", () => {
    assert.equal(
      renderHba(database, "192.168.99.17"),
      'hostssl "notes" "writer" 192.168.99.17/32 scram-sha-256\n' +
        'hostssl "notes-log" "writer" 192.168.99.17/32 scram-sha-256\n',
    );
  });

  it("renders a block for each path, whose requests alone it handles", () => {
    const [all, api] = renderRoutes([
      route,
      { ...route, path: "/api/", extra_config: "encode gzip" },
    ]);
    assert.match(all!, /^# nixmox .*\nhandle \{\n[^]*\n\}\n$/);
    assert.match(api!, /\n(@nixmox_\w+) path \/api \/api\/\*\nhandle \1 \{\n[^]*\n\}\n$/);
    assert.match(api!, /\tencode gzip\n\t\treverse_proxy 192\.168\.99\.17:8080\n/);
  });

  it("says in the first line what a route may do, whatever extra_config says", () => {
    const upstream = "192.168.99.17:9000";
    const extra_config = '# nixmox {"domain":"feeds.nixmox.lan","tls":true,"upstreams":[]}';
    const [first] = renderRoutes([{ ...route, reaches: [upstream], extra_config }])[0]!.split("\n");
    assert.deepEqual(JSON.parse(first!.replace("# nixmox ", "")), {
      domain: "notes.nixmox.lan",
      path: "/",
      tls: true,
      upstreams: [upstream],
      own_paths: [],
    });
  });

  it("lets browsers use nothing but HTTPS where there is TLS, unless the application says otherwise", () => {
    const strict = '\theader ?Strict-Transport-Security "max-age=31536000"\n';
    assert.ok(renderRoutes([route])[0]!.includes(strict));
    assert.doesNotMatch(renderRoutes([{ ...route, tls: false }])[0]!, /Strict-Transport-Security/);
  });

  it("passes requests on with TLS where the service serves it, and trusts one name of one authority", () => {
    const [text] = renderRoutes([{ ...route, upstream_tls: true }]);
    assertOrder(
      text!,
      "reverse_proxy https://192.168.99.17:8080 {",
      "transport http {",
      "tls_server_name notes.host.nixmox.lan",
      "tls_trusted_ca_certs /etc/nixmox/ca.crt",
    );
    assert.doesNotMatch(text!, /insecure/);
  });

  it("names the host, its address and each public name once", () => {
    const records = renderRecords({
      hostname: "notes.host.nixmox.lan",
      address: "192.168.99.17",
      domains: ["notes.nixmox.lan", "notes.nixmox.lan"],
      proxyAddress: "192.168.99.10",
    });
    assert.equal(
      records,
      'local-data: "notes.host.nixmox.lan. 300 IN A 192.168.99.17"\n' +
        'local-data-ptr: "192.168.99.17 300 notes.host.nixmox.lan"\n' +
        'local-data: "notes.nixmox.lan. 300 IN A 192.168.99.10"\n',
    );
  });

  it("opens ports to one address, and scrapes one host", () => {
    const rule = { source: "192.168.99.17", ports: [80, 443], comment: "notes" };
    assert.equal(
      renderAccess([rule]),
      'ip saddr 192.168.99.17 tcp dport { 80, 443 } accept comment "notes"\n',
    );
    assert.equal(
      renderAccess([{ ...rule, connections: 40 }]),
      'ip saddr 192.168.99.17 tcp dport { 80, 443 } ct count 40 accept comment "notes"\n',
    );
  });

  it("scrapes a host, and the pages of its service by the name that a certificate is for", () => {
    const page = { port: 8080, path: "/metrics", tls: false };
    const metrics = { notes: page, api: { port: 8443, path: "/api/metrics", tls: true } };
    const target = renderTarget({
      name: "notes",
      ip: "192.168.99.17",
      hostname: "notes.nixmox.lan",
      unit: "notesd.service",
      interface: { metrics },
    });
    const service = "notes";
    assert.deepEqual(JSON.parse(target), [
      { targets: ["192.168.99.17:9100"], labels: { service, unit: "notesd.service" } },
      { targets: ["192.168.99.17:8080"], labels: { service, job: "notes" } },
      {
        targets: ["notes.nixmox.lan:8443"],
        labels: { service, job: "api", __scheme__: "https", __metrics_path__: "/api/metrics" },
      },
    ]);
  });
});
