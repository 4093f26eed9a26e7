import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { describeDatabaseAttacks } from "./databaseAttacks";
import { login } from "./databases";
import { type Additions, dig, digStatus, type Finished, type Homelab } from "./homelab";
import { ask } from "./web";

const manifest = `
[services.notes]
ip = "192.168.99.17"
ports = [8080]
depends_on = ["miniflux"]
[services.notes.interface]
db = {}
route.domain = "pages.nixmox.lan"
`;

const host = `{ config, pkgs, ... }:
{
  systemd.services.notes = {
    description = "A page";
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      DynamicUser = true;
      ExecStart = "\${pkgs.caddy}/bin/caddy respond --listen \${config.nixmox.service.ip}:8080 notes";
      Environment = "HOME=/tmp";
    };
  };
  nixmox.sandbox.notes = { };
}
`;

/** One service more: a dependency, a database, a route with a name of its own and one page. */
const notes: Additions = { manifest, hosts: { notes: host } };

/** The same one under another name. */
const memo: Additions = {
  manifest: manifest.replaceAll("notes", "memo").replace("ports", 'formerly = "notes"\nports'),
  hosts: { memo: host.replaceAll("notes", "memo") },
};

/** And on another node, with another id. */
const moved: Additions = {
  ...memo,
  manifest: memo.manifest!.replace("ip =", 'node = "pve2"\nvmid = 8117\nip ='),
};

const guarded = { protect: "true" };

interface Plan {
  readonly steps: { op: string; urn: string }[];
}

export function describeChange(lab: () => Homelab): void {
  const ca = () => lab().output<string>("caCertificate");
  const psql = async (database: string, sql: string) => {
    const { postgresql } = await lab().services();
    const command = `cd / && runuser -u postgres -- psql -d ${database} -tA -c "${sql}"`;
    return lab().on(postgresql!.address, command);
  };

  describe("a second up", () => {
    it("changes nothing, says so, and opens no SSH session", async () => {
      await lab().deploy({});
      const before = await sessions(lab());
      const { stdout } = await lab().deploy({});
      assert.match(stdout, /Resources:\s+\d+ unchanged/);
      assert.deepEqual(await sessions(lab()), grown(before));
    });
  });

  describe("one service more", () => {
    let systemsBefore: Record<string, string>;
    let plan: Finished;

    before(async () => {
      await lab().deploy({});
      systemsBefore = await systems(lab());
      lab().prepare(notes);
      plan = await lab().pulumi("preview", "--stack", "dev", "--json");
      await lab().deploy(notes);
    });

    it("touches only its own resources in the plan", () => {
      assert.equal(plan.status, 0, plan.stderr);
      const { steps } = JSON.parse(plan.stdout) as Plan;
      const changed = steps.filter(({ op }) => op !== "same");
      assert.ok(changed.length > 15, plan.stderr);
      for (const { op, urn } of changed) {
        const name = urn.split("::").at(-1)!;
        assert.equal(op, name === "nixmox-dev" ? "update" : "create", urn);
        assert.match(name, /^(notes|nixmox-dev|caddy-route-pages\.)/);
      }
    });

    it("comes up, and no other host is rebuilt", async () => {
      const { dns, caddy } = await lab().services();
      assert.deepEqual(dig(dns!.address, "pages.nixmox.lan"), [caddy!.address]);
      const { notes: own, ...others } = await systems(lab());
      assert.match(own ?? "", /^\/nix\/store\//);
      assert.deepEqual(others, systemsBefore);
    });

    it("reaches what it depends on, which no other host does", async () => {
      const { notes: own, dns, miniflux } = await lab().services();
      const reach = `curl --fail --silent --max-time 3 --insecure https://${miniflux!.address}:8080/healthcheck`;
      assert.equal((await lab().on(own!.address, reach)).stdout, "OK");
      assert.equal((await lab().on(dns!.address, reach)).status, 28, "it does not time out");
    });

    it("is let into its own database and not into another service's", async () => {
      const { notes: own, postgresql } = await lab().services();
      const secrets = await lab().output<Record<string, Record<string, string>>>("secrets");
      const password = secrets.notes!["database-notes"]!;
      const to = (database: string) => login(postgresql!.address, "notes", database);
      assert.equal((await lab().on(own!.address, to("notes"), password)).stdout.trim(), "notes");
      const { stdout, stderr } = await lab().on(own!.address, to("miniflux"), password);
      assert.match(stderr, /no pg_hba.conf entry/);
      assert.equal(stdout, "");
    });

    describeDatabaseAttacks(lab);
  });

  describe("another name", () => {
    let vmid: number | undefined;

    before(async () => {
      await lab().deploy(notes);
      const { notes: old } = await lab().services();
      vmid = old!.vmid;
      assert.equal((await lab().on(old!.address, "touch /root/mark")).status, 0);
      assert.equal((await psql("notes", "CREATE TABLE IF NOT EXISTS mark ()")).status, 0);
      await lab().deploy(memo);
    });

    it("keeps the container and the data", async () => {
      const { memo: renamed } = await lab().services();
      assert.equal(renamed!.vmid, vmid);
      assert.equal((await lab().on(renamed!.address, "ls /root/mark")).stdout, "/root/mark\n");
      assert.equal((await psql("notes", "SELECT count(*) FROM mark")).stdout, "0\n");
    });

    it("is answered by the resolver, and the old one is not", async () => {
      const { dns, caddy, memo: renamed } = await lab().services();
      assert.deepEqual(dig(dns!.address, "pages.nixmox.lan"), [caddy!.address]);
      assert.deepEqual(dig(dns!.address, "memo.nixmox.lan"), [renamed!.address]);
      assert.equal(digStatus(dns!.address, "notes.nixmox.lan"), "NXDOMAIN");
    });
  });

  describe("a protected service", () => {
    before(async () => {
      await lab().deploy(memo);
      const { memo: own } = await lab().services();
      assert.equal((await lab().on(own!.address, "touch /root/mark")).status, 0);
      assert.equal((await psql("notes", "CREATE TABLE IF NOT EXISTS mark ()")).status, 0);
      await lab().deploy({ ...memo, settings: guarded });
    });

    it("cannot be replaced, and nothing in it is touched", async () => {
      lab().prepare({ ...moved, settings: guarded });
      const { status, stdout, stderr } = await lab().pulumi("preview", "--stack", "dev");
      assert.notEqual(status, 0);
      assert.match(stdout + stderr, /memo-container.*protect/s);
    });

    it("cannot be removed, and nothing in it is touched", async () => {
      lab().prepare({ settings: guarded });
      const { status, stdout, stderr } = await lab().npm("up");
      assert.notEqual(status, 0);
      assert.match(stdout + stderr, /memo-container.*protect/s);
      const { dns, caddy } = await lab().services();
      assert.deepEqual(dig(dns!.address, "pages.nixmox.lan"), [caddy!.address]);
    });

    it("is replaced when the stack says so, and comes back with its database", async () => {
      const settings = { ...guarded, allowReplace: "[memo]" };
      await lab().deploy({ ...memo, settings });
      await lab().deploy({ ...moved, settings });
      const { memo: own, dns, caddy } = await lab().services();
      assert.equal(own!.node, "pve2");
      const { stdout } = await lab().on(own!.address, "ls /root/mark 2>&1 || true");
      assert.match(stdout, /No such file/);
      assert.equal((await psql("notes", "SELECT count(*) FROM mark")).stdout, "0\n");
      // Immediately, through a proxy that knew the old container.
      const { status } = await ask("https://pages.nixmox.lan/", caddy!.address, await ca());
      assert.equal(status, 200);
      assert.deepEqual(dig(dns!.address, "pages.nixmox.lan"), [caddy!.address]);
    });
  });

  describe("a service that leaves the manifest", () => {
    let address: string;

    before(async () => {
      await lab().deploy(memo);
      ({ address } = (await lab().services()).memo!);
      await lab().deploy({});
    });

    it("is removed with its container and its names", async () => {
      const services = await lab().services();
      assert.deepEqual(Object.keys(services).sort(), [
        "authentik",
        "caddy",
        "dns",
        "miniflux",
        "monitoring",
        "postgresql",
      ]);
      for (const name of ["memo.nixmox.lan", "pages.nixmox.lan"]) {
        assert.equal(digStatus(services.dns!.address, name), "NXDOMAIN");
      }
      assert.equal(digStatus(services.dns!.address, "-x", address), "NXDOMAIN");
    });

    it("leaves no file on any other host", async () => {
      for (const [service, host] of Object.entries(await lab().services())) {
        const find = "cd /var/lib/nixmox && find . -name 'notes*' -o -name 'memo*'; echo done";
        assert.equal((await lab().on(host.address, find)).stdout, "done\n", service);
      }
    });

    it("keeps its data, whose role can no longer log in", async () => {
      const list =
        "SELECT datname, rolcanlogin FROM pg_database JOIN pg_roles ON datdba = pg_roles.oid";
      const { stdout } = await psql("postgres", `${list} WHERE datname = 'notes'`);
      assert.equal(stdout, "notes|f\n");
    });
  });
}

/** How many SSH sessions each host has accepted; asking is one more. */
async function sessions(lab: Homelab): Promise<Record<string, number>> {
  const count = "journalctl --no-pager --quiet | grep --count 'Accepted publickey'";
  return onEach(lab, count, Number);
}

function grown(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count + 1]));
}

/** The active system of each host. */
async function systems(lab: Homelab): Promise<Record<string, string>> {
  return onEach(lab, "readlink -f /run/current-system", (text) => text.trim());
}

async function onEach<T>(lab: Homelab, script: string, read: (text: string) => T) {
  const result: Record<string, T> = {};
  for (const [name, { address }] of Object.entries(await lab.services())) {
    result[name] = read((await lab.on(address, script)).stdout);
  }
  return result;
}
