import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { login, withPassword } from "./databases";
import type { Finished, Homelab } from "./homelab";

/** Opens TCP connections to a port, prints how many of 100 there were, and holds them for a while. */
const crowd = (address: string, seconds: number) => `python3 -c '
import socket, time
held = []
for _ in range(100):
    s = socket.socket(); s.setblocking(False); s.connect_ex(("${address}", 5432)); held.append(s)
time.sleep(1)
def connected(s):
    try: s.getpeername(); return True
    except OSError: return False
print(sum(map(connected, held)), flush=True)
time.sleep(${seconds})
'`;

/** What a compromised service with a database, `notes`, tries against the others. */
export function describeDatabaseAttacks(lab: () => Homelab): void {
  describe("a service with a database that attacks the others", () => {
    let server: string;
    let notes: string;
    let own: string;
    let neighbour: () => Promise<Finished>;
    /** Runs a command as the attacker's role, in its own database. */
    const attack = (command: string) =>
      lab().on(notes, withPassword(server, "notes", command), own);
    const connection = () => `"host=${server} user=notes dbname=notes connect_timeout=5"`;
    const psql = (...sql: string[]) =>
      `psql ${connection()} -XwtA ${sql.map((each) => `-c "${each}"`).join(" ")}`;
    const administrator = (...sql: string[]) =>
      lab().on(server, `cd / && runuser -u postgres -- ${psql(...sql).replace(/".*?"/, "notes")}`);

    before(async () => {
      const services = await lab().services();
      const secrets = await lab().output<Record<string, Record<string, string>>>("secrets");
      server = services.postgresql!.address;
      notes = services.notes!.address;
      own = secrets.notes!["database-notes"]!;
      const log = login(server, "miniflux", "miniflux");
      const password = secrets.miniflux!["database-miniflux"]!;
      neighbour = () => lab().on(services.miniflux!.address, log, password);
    });

    it("gets no more connections than its share, and the others get theirs", async () => {
      const hold = psql("SELECT pg_sleep(4)");
      const flood = attack(`for i in $(seq 30); do ${hold} & done; wait`);
      const open = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'notes'";
      await until(async () => Number((await administrator(open)).stdout) >= 20);
      assert.equal((await neighbour()).stdout.trim(), "miniflux");
      const refused = (await flood).stderr.match(/too many connections for role "notes"/g) ?? [];
      assert.ok(refused.length >= 10, String(refused.length));
    });

    it("cannot take up the server with connections that never log in", async () => {
      const flood = lab().on(notes, crowd(server, 3));
      await new Promise((resolve) => setTimeout(resolve, 2000));
      assert.equal((await neighbour()).stdout.trim(), "miniflux");
      assert.equal((await administrator("SELECT 1")).stdout.trim(), "1");
      assert.ok(Number((await flood).stdout) <= 40);

      // The same without the limit: the count is of real connections.
      const allow = `ip saddr ${notes} tcp dport 5432 accept`;
      await lab().on(server, `nft insert rule inet nixos-fw input-allow ${allow}`);
      const unlimited = await lab().on(notes, crowd(server, 0));
      await lab().on(server, "systemctl reload nftables");
      assert.equal(Number(unlimited.stdout), 100, unlimited.stderr);
    });

    it("sees nothing of what the others do", async () => {
      const idset = "pg_stat_get_backend_idset()";
      const looks = [
        "SELECT * FROM pg_stat_activity",
        "SELECT * FROM pg_stat_database",
        "SELECT * FROM pg_stat_ssl",
        "SELECT * FROM pg_stat_progress_vacuum",
        "SELECT * FROM pg_stat_get_activity(NULL)",
        `SELECT pg_stat_get_backend_dbid(i) FROM ${idset} i`,
        "SELECT pg_stat_get_db_numbackends(oid) FROM pg_database",
        "SELECT * FROM pg_prepared_xacts",
        "SELECT rolpassword FROM pg_authid",
      ];
      const { stderr: denials } = await attack(psql(...looks));
      assert.equal(denials.match(/permission denied/g)?.length, looks.length, denials);
      const { stderr: none } = await administrator(...looks);
      assert.equal(none, "");
      const dump = `pg_dump ${connection()} --no-password`;
      const { status, stderr } = await attack(`${dump} | grep "dump complete"`);
      assert.equal(status, 0, stderr);
    });

    it("keeps no session beyond its password", async () => {
      const stolen = attack(psql("SELECT pg_sleep(120)"));
      const { stdout: state } = await lab().pulumi("stack", "--stack", "dev", "--show-urns");
      const urn = /urn:\S+::notes-database-password\b/.exec(state)![0];
      const up = ["up", "--stack", "dev", "--yes", "--skip-preview", "--replace", urn];
      const rotated = await lab().pulumi(...up);
      assert.equal(rotated.status, 0, rotated.stdout + rotated.stderr);
      assert.match((await stolen).stderr, /terminating connection due to administrator command/);

      const again = await lab().on(notes, login(server, "notes", "notes"), own);
      assert.match(again.stderr, /password authentication failed/);
      const secrets = await lab().output<Record<string, Record<string, string>>>("secrets");
      const current = secrets.notes!["database-notes"]!;
      assert.notEqual(current, own);
      const { stdout } = await lab().on(notes, login(server, "notes", "notes"), current);
      assert.equal(stdout.trim(), "notes");
    });
  });
}

/** Waits until something holds, for ten seconds at most. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail("it did not happen within ten seconds");
}
