import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { dig, type Homelab } from "./homelab";

/** A sixth service: a database, a route and one page. */
const notes = `
[services.notes]
ip = "192.168.99.17"
ports = [8080]
[services.notes.interface]
db = {}
proxy = {}
`;

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
      assert.deepEqual(dig(dns!.address, "notes.nixmox.lan"), [caddy!.address]);
      const { notes: _, ...others } = await systems(lab());
      assert.deepEqual(others, generations);
    });

    it("goes with its container, its names and all of its fragments, and keeps its data", async () => {
      const { notes: added } = await lab().services();
      lab().edit("manifest/nixmox.toml", (text) => text.replace(notes, ""));
      const { status, stdout, stderr } = await lab().npm("up");
      assert.equal(status, 0, stdout + stderr);
      const services = await lab().services();
      assert.equal("notes" in services, false);
      assert.deepEqual(dig(services.dns!.address, "notes.nixmox.lan"), []);
      assert.deepEqual(dig(services.dns!.address, "-x", added!.address), []);
      for (const [service, { address }] of Object.entries(services)) {
        const { stdout: left } = await lab().on(
          address,
          "cd /var/lib/nixmox && find . -name 'notes*' -not -path './build/*'",
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
