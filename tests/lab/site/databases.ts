import assert from "node:assert/strict";
import { before, it } from "mocha";
import type { ServiceOutput } from "../homelab/homelab";
import { withPassword } from "../homelab/databases";
import { search } from "../homelab/secrecy";
import type { SitePart } from "./part";

/** A chat server that insists on a collation, a second host of its database, and one that reads it. */
const manifest = `
[services.chat]
ip = "192.168.99.75"
interface.db = { collation = "C", extensions = ["pgaudit"], readers = ["miniflux"] }

[services.monitoring.interface.dbs.chat]
of = "chat"
`;

const host = `{
  systemd.services.chat = {
    description = "A program with a database";
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      DynamicUser = true;
      ExecStart = "/bin/sleep infinity";
    };
  };
  nixmox.sandbox.chat = { };
}
`;

const passwordFile = "/var/lib/nixmox/secrets/database-chat";

export const databases: SitePart = {
  name: "databases as applications ask for them",
  manifest,
  hosts: { chat: host },
  describe: (lab) => {
    let services: Record<string, ServiceOutput>;
    before(async () => (services = await lab().services()));

    /** Runs SQL in the database from a host, with what that host was given. */
    const ask = async (service: string, role: string, sql: string) => {
      const server = services.postgresql!.address;
      const psql = `psql "host=${server} user=${role} dbname=chat connect_timeout=5" -XwtA -c ${JSON.stringify(sql)}`;
      const script = `(${withPassword(server, role, psql)}) <${passwordFile}`;
      const { stdout, stderr } = await lab().on(services[service]!.address, script);
      return stdout.trim() + stderr.trim();
    };

    it("have their collation, and their extension's package on the server's host", async () => {
      const text = "SELECT datcollate, datctype FROM pg_database WHERE datname = 'chat'";
      assert.equal(await ask("chat", "chat", text), "C|C");
      const extension = "SELECT extname FROM pg_extension WHERE oid > 16383";
      assert.equal(await ask("chat", "chat", extension), "pgaudit");
      // It refuses to be created in a server that did not load it when it started.
      assert.match(await ask("chat", "chat", "SHOW pgaudit.log"), /none/);
    });

    it("let a second host in with the same role, and a reader with its own", async () => {
      await ask("chat", "chat", "CREATE TABLE said (what text)");
      assert.equal(await ask("monitoring", "chat", "INSERT INTO said VALUES ('hi')"), "INSERT 0 1");
      assert.equal(await ask("miniflux", "miniflux_reads_chat", "TABLE said"), "hi");
      const write = await ask("miniflux", "miniflux_reads_chat", "DELETE FROM said");
      assert.match(write, /read-only transaction/);
      assert.match(await ask("miniflux", "chat", "TABLE said"), /no pg_hba\.conf entry|password/);
    });

    it("leave their passwords in their files alone", async () => {
      const all = await lab().output<Record<string, Record<string, string>>>("secrets");
      const secrets = ["chat", "monitoring", "miniflux"].map(
        (name) => all[name]!["database-chat"]!,
      );
      assert.equal(secrets[0], secrets[1]);
      assert.notEqual(secrets[0], secrets[2]);
      for (const name of ["chat", "monitoring", "miniflux", "postgresql"]) {
        const { stdout } = await lab().on(services[name]!.address, search, secrets.join("\n"));
        assert.equal(stdout.trim(), "searched", name);
      }
      for (const secret of secrets) assert.ok(!lab().printed.includes(secret));
      const { stdout: list } = await lab().npm("secrets", "list");
      assert.match(list, /monitoring\/database-chat .*of chat\/database-chat +yes/);
      assert.match(list, /miniflux\/database-chat .*generated +yes/);
    });
  },
};
