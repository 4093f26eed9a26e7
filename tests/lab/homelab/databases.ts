import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "mocha";
import type { Homelab } from "./homelab";

/**
 * A command that finds the password for a role, which comes on stdin, in a file of its own: it is in
 * no argument and no environment.
 */
export function withPassword(server: string, role: string, command: string): string {
  return [
    "set -eu; umask 077; pass=$(mktemp); trap 'rm -f $pass' EXIT",
    `printf '%s:5432:*:%s:%s\\n' ${server} ${role} "$(cat)" > $pass`,
    "export PGPASSFILE=$pass",
    command,
  ].join("\n");
}

/** Logs in to a database and prints the role. */
export function login(server: string, role: string, database: string): string {
  const psql =
    `psql "host=${server} user=${role} dbname=${database} connect_timeout=5" ` +
    "--no-psqlrc --no-password --tuples-only --no-align --command='SELECT current_user'";
  return withPassword(server, role, psql);
}

export function describeDatabases(lab: () => Homelab): void {
  describe("database", () => {
    const facts = async () => {
      const services = await lab().services();
      const secrets = await lab().output<Record<string, Record<string, string>>>("secrets");
      return {
        server: services.postgresql!.address,
        miniflux: services.miniflux!.address,
        monitoring: services.monitoring!.address,
        password: secrets.miniflux!["database-miniflux"]!,
      };
    };

    it("lets the service's role in from the service's host", async () => {
      const { server, miniflux, password } = await facts();
      const { stdout, stderr } = await lab().on(
        miniflux,
        login(server, "miniflux", "miniflux"),
        password,
      );
      assert.equal(stdout.trim(), "miniflux", stderr);
    });

    it("refuses a wrong password", async () => {
      const { server, miniflux } = await facts();
      const { status, stderr } = await lab().on(
        miniflux,
        login(server, "miniflux", "miniflux"),
        "wrong",
      );
      assert.notEqual(status, 0);
      assert.match(stderr, /password authentication failed/);
    });

    it("refuses another database", async () => {
      const { server, miniflux, password } = await facts();
      const { stderr } = await lab().on(miniflux, login(server, "miniflux", "postgres"), password);
      assert.match(stderr, /no pg_hba.conf entry/);
    });

    it("refuses another host", async () => {
      const { server, monitoring, password } = await facts();
      const { stdout, stderr } = await lab().on(
        monitoring,
        login(server, "miniflux", "miniflux"),
        password,
      );
      assert.equal(stdout, "");
      assert.match(stderr, /timeout expired|no pg_hba.conf entry/);
      await assert.rejects(reach(server, 5432), /no connection/);
    });

    it("creates no superuser and no plain-text password", async () => {
      const { server } = await facts();
      const { stdout } = await lab().on(
        server,
        "cd / && runuser -u postgres -- psql --tuples-only --no-align --command=" +
          `"SELECT rolsuper, left(rolpassword, 14) FROM pg_authid WHERE rolname = 'miniflux'"`,
      );
      assert.equal(stdout.trim(), "f|SCRAM-SHA-256$");
    });
  });
}

/** Connects to a port from this machine, which no service lets in. */
function reach(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 3000 }, () => {
      socket.destroy();
      resolve();
    });
    const fail = () => {
      socket.destroy();
      reject(new Error("no connection"));
    };
    socket.on("timeout", fail);
    socket.on("error", fail);
  });
}
