import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { login } from "./databases";
import { dig, digStatus, type Homelab } from "./homelab";
import { ask } from "./web";

/** A sixth service: a dependency, a database, a route with a name of its own and one page. */
const notes = `
[services.notes]
ip = "192.168.99.17"
ports = [8080]
depends_on = ["miniflux"]
[services.notes.interface]
db = {}
proxy.domain = "pages.nixmox.lan"
`;

/** The same one under another name. */
const memo = notes.replaceAll("notes", "memo").replace("ports", 'formerly = "notes"\nports');

/** And on another node. */
const memoMoved = memo.replace("ip =", 'node = "pve2"\nip =');

const host = `{ pkgs, service, ... }:
{
  imports = [ ../modules/base ];
  systemd.services.notes = {
    description = "A page";
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      DynamicUser = true;
      ExecStart = "\${pkgs.caddy}/bin/caddy respond --listen \${service.ip}:8080 notes";
      Environment = "HOME=/tmp";
    };
  };
}
`;

interface Plan {
  readonly steps: { op: string; urn: string }[];
}

export function describeChange(lab: () => Homelab): void {
  describe("a second up", () => {
    it("changes nothing, says so, and opens no SSH session", async () => {
      const before = await sessions(lab());
      const { status, stdout } = await lab().npm("up");
      assert.equal(status, 0, stdout);
      assert.match(stdout, /Resources:\s+\d+ unchanged/);
      assert.deepEqual(await sessions(lab()), grown(before));
    });
  });

  describe("a sixth service", () => {
    let generations: Record<string, string>;
    const ca = () => lab().output<string>("caCertificate");

    before(async () => {
      generations = await systems(lab());
      lab().edit("manifest/nixmox.toml", (text) => text + notes);
      lab().edit("nixos/hosts/notes.nix", () => host);
    });

    it("touches only its own resources in the plan", async () => {
      const { stdout, stderr } = await lab().pulumi("preview", "--stack", "dev", "--json");
      const { steps } = JSON.parse(stdout) as Plan;
      const changed = steps.filter(({ op }) => op !== "same");
      assert.ok(changed.length > 15, stderr);
      for (const { op, urn } of changed) {
        const name = urn.split("::").at(-1)!;
        assert.equal(op, name === "nixmox-dev" ? "update" : "create", urn);
        assert.match(name, /^(notes|nixmox-dev)/);
      }
    });

    it("comes up, and no other host is rebuilt", async () => {
      const { status, stdout, stderr } = await lab().npm("up");
      assert.equal(status, 0, stdout + stderr);
      const { dns, caddy } = await lab().services();
      assert.deepEqual(dig(dns!.address, "pages.nixmox.lan"), [caddy!.address]);
      const { notes: _, ...others } = await systems(lab());
      assert.deepEqual(others, generations);
    });

    it("reaches what it depends on, which nobody else does", async () => {
      const { notes: own, dns, miniflux } = await lab().services();
      const reach = `curl --fail --silent --max-time 3 http://${miniflux!.address}:8080/healthcheck`;
      assert.equal((await lab().on(own!.address, reach)).stdout, "OK");
      assert.notEqual((await lab().on(dns!.address, reach)).status, 0);
    });

    it("is let into its own database and not into another service's", async () => {
      const { notes: own, postgresql } = await lab().services();
      const secrets = await lab().output<Record<string, Record<string, string>>>("secrets");
      const password = secrets.notes!["database-notes"]!;
      const to = (database: string) => login(postgresql!.address, "notes", database);
      assert.equal((await lab().on(own!.address, to("notes"), password)).stdout.trim(), "notes");
      const { stdout, stderr } = await lab().on(own!.address, to("miniflux"), password);
      assert.equal(stdout, "");
      assert.match(stderr, /no pg_hba.conf entry/);
    });

    it("keeps its container and its data under another name", async () => {
      const mark = "cd / && runuser -u postgres -- psql -d notes -c 'CREATE TABLE mark ()'";
      const { notes: old, postgresql } = await lab().services();
      await lab().on(old!.address, "touch /root/mark");
      await lab().on(postgresql!.address, mark);
      lab().edit("nixos/hosts/memo.nix", () => host.replaceAll("notes", "memo"));
      lab().edit("manifest/nixmox.toml", (text) => text.replace(notes, memo));
      const { status, stdout, stderr } = await lab().npm("up");
      assert.equal(status, 0, stdout + stderr);
      const { dns, caddy, memo: renamed } = await lab().services();
      assert.equal(renamed!.vmid, old!.vmid);
      assert.equal((await lab().on(renamed!.address, "test -e /root/mark")).status, 0);
      assert.deepEqual(dig(dns!.address, "pages.nixmox.lan"), [caddy!.address]);
      assert.deepEqual(dig(dns!.address, "memo.nixmox.lan"), [renamed!.address]);
      assert.equal(digStatus(dns!.address, "notes.nixmox.lan"), "NXDOMAIN");
      const { status: kept } = await lab().on(postgresql!.address, mark);
      assert.equal(kept, 1, "the table is there already");
    });

    it("is replaced only when the stack says so, and then comes back with its database", async () => {
      lab().edit("Pulumi.dev.yaml", (text) => text.replace('protect: "false"', 'protect: "true"'));
      const guarded = await lab().pulumi("up", "--stack", "dev", "--yes", "--skip-preview");
      assert.equal(guarded.status, 0, guarded.stdout + guarded.stderr);
      const move = (text: string) => text.replace(memo, memoMoved);
      lab().edit("manifest/nixmox.toml", move);
      const refused = await lab().pulumi("preview", "--stack", "dev");
      assert.notEqual(refused.status, 0);
      assert.match(refused.stdout + refused.stderr, /memo-container-lxc.*protect/s);
      lab().edit("Pulumi.dev.yaml", (text) =>
        text.replace("  nixmox:protect:", "  nixmox:allowReplace: [memo]\n  nixmox:protect:"),
      );
      const allowed = await lab().npm("up");
      assert.equal(allowed.status, 0, allowed.stdout + allowed.stderr);
      const { memo: moved, postgresql, dns, caddy } = await lab().services();
      assert.equal(moved!.node, "pve2");
      assert.equal((await lab().on(moved!.address, "test -e /root/mark")).status, 1);
      const rows =
        "cd / && runuser -u postgres -- psql -d notes -tA -c 'SELECT count(*) FROM mark'";
      assert.equal((await lab().on(postgresql!.address, rows)).stdout.trim(), "0");
      // At once, through a proxy that knew the old container.
      const { status } = await ask("https://pages.nixmox.lan/", caddy!.address, await ca());
      assert.equal(status, 200);
      assert.deepEqual(dig(dns!.address, "pages.nixmox.lan"), [caddy!.address]);
      lab().edit("Pulumi.dev.yaml", (text) =>
        text
          .replace('protect: "true"', 'protect: "false"')
          .replace(/ +nixmox:allowReplace.*\n/, ""),
      );
    });

    it("cannot be removed while it is protected, and nothing of it is touched", async () => {
      const { dns, caddy } = await lab().services();
      lab().edit("Pulumi.dev.yaml", (text) => text.replace('protect: "false"', 'protect: "true"'));
      const guarded = await lab().pulumi("up", "--stack", "dev", "--yes", "--skip-preview");
      assert.equal(guarded.status, 0, guarded.stdout + guarded.stderr);
      lab().edit("manifest/nixmox.toml", (text) => text.replace(memoMoved, ""));
      const refused = await lab().npm("up");
      lab().edit("Pulumi.dev.yaml", (text) => text.replace('protect: "true"', 'protect: "false"'));
      lab().edit("manifest/nixmox.toml", (text) => text + memoMoved);
      assert.notEqual(refused.status, 0);
      assert.match(refused.stdout + refused.stderr, /memo-container-lxc.*protect/s);
      assert.deepEqual(dig(dns!.address, "pages.nixmox.lan"), [caddy!.address]);
      const lifted = await lab().npm("up");
      assert.equal(lifted.status, 0, lifted.stdout + lifted.stderr);
    });

    it("goes with its container, its names and all of its fragments, and keeps its data", async () => {
      const { memo: added } = await lab().services();
      lab().edit("manifest/nixmox.toml", (text) => text.replace(memoMoved, ""));
      const { status, stdout, stderr } = await lab().npm("up");
      assert.equal(status, 0, stdout + stderr);
      const services = await lab().services();
      assert.equal("memo" in services, false);
      for (const name of ["memo.nixmox.lan", "pages.nixmox.lan"]) {
        assert.equal(digStatus(services.dns!.address, name), "NXDOMAIN");
      }
      assert.deepEqual(dig(services.dns!.address, "-x", added!.address), []);
      for (const [service, { address }] of Object.entries(services)) {
        const { stdout: left } = await lab().on(
          address,
          "cd /var/lib/nixmox && find . -name 'notes*' -o -name 'memo*'",
        );
        assert.equal(left, "", service);
      }
      const list =
        "SELECT datname, rolcanlogin FROM pg_database JOIN pg_roles ON datdba = pg_roles.oid";
      const { stdout: databases } = await lab().on(
        services.postgresql!.address,
        `cd / && runuser -u postgres -- psql -tA -c "${list} WHERE datname = 'notes'"`,
      );
      assert.equal(databases.trim(), "notes|f");
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
