import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import type { Request } from "../contracts/index";
import { plainDatabase } from "../../unit/plainDatabase";
import { dig, type Finished, type Homelab } from "./homelab";
import { ask } from "./web";

type Hosts = Request["hosts"];
type Wanted = Partial<Omit<Request, "hosts" | "hostKeys" | "privateKeyFile">>;

/** One contract: a good request, a changed one, a bad one, and how to see each. */
interface Case {
  readonly name: string;
  readonly first: (hosts: Hosts) => Wanted;
  readonly changed: (hosts: Hosts) => Wanted;
  readonly bad: (hosts: Hosts) => Wanted;
  readonly refusal: RegExp;
  /** What is in force now, in the terms that the three expectations use. */
  readonly see: (lab: Homelab, hosts: Hosts) => Promise<string>;
  readonly seen: readonly [first: string, changed: string, removed: string];
}

const route = (hosts: Hosts, status: number, extra = "") => ({
  route: {
    hostname: "contract.host.nixmox.lan",
    routes: [
      {
        domain: "contract.nixmox.lan",
        path: "/",
        upstream: `${hosts.own}:8080`,
        reaches: [`${hosts.own}:8080`],
        headers: {},
        redirect_status: 302,
        tls: false,
        upstream_tls: false,
        authz: false,
        auth: { type: "none" as const, groups: [] },
        url: "http://contract.nixmox.lan/",
        public_paths: [],
        extra_config: `respond /contract ${status}\n${extra}`,
      },
    ],
  },
});

const database = (extensions: string[]) => ({
  database: {
    database: {
      ...plainDatabase,
      name: "contract",
      owner: "contract",
      role: "contract",
      host: "",
      extensions,
      additionaldbs: ["contract-log"],
      on_remove: "drop" as const,
      password_file: "/var/lib/nixmox/secrets/database-contract",
    },
    serverSystem: "",
    restart: [],
    chosenPassword: undefined,
  },
});

const dns = (address: string, hostname = "contract.host.nixmox.lan") => ({
  dns: { hostname, address, domains: ["contract.nixmox.lan"], proxyAddress: "192.0.2.10" },
});

const firewall = (port: number, source = "192.0.2.7") => ({
  access: { source, ports: [port], comment: "contract" },
});

const scrape = (name: string) => ({
  scrape: {
    name,
    ip: "192.0.2.7",
    hostname: "contract.host.nixmox.lan",
    unit: "contract.service",
    interface: { metrics: {} },
  },
});

const secret = (value: string, mode = "0400") => ({
  secret: { path: "/var/lib/nixmox/secrets/contract", value, owner: "root", mode, restart: [] },
});

const read = async (lab: Homelab, address: string, script: string) =>
  (await lab.on(address, script)).stdout.trim();

const cases: readonly Case[] = [
  {
    name: "DNS record",
    first: () => dns("192.0.2.1"),
    changed: () => dns("192.0.2.2"),
    bad: () => dns("192.0.2.300"),
    refusal: /Unable to put dns fragment contract-dns-records/,
    see: (_, hosts) =>
      Promise.resolve(
        ["contract.host.nixmox.lan", "contract.nixmox.lan"]
          .flatMap((name) => dig(hosts.dns, name))
          .join(" "),
      ),
    seen: ["192.0.2.1 192.0.2.10", "192.0.2.2 192.0.2.10", ""],
  },
  {
    name: "route",
    first: (hosts) => route(hosts, 201),
    changed: (hosts) => route(hosts, 202),
    bad: (hosts) => route(hosts, 203, "no_such_directive"),
    refusal: /Unable to put routes fragment contract-nixmox-lan-/,
    see: async (_, hosts) => {
      const { status } = await ask("http://contract.nixmox.lan/contract", hosts.proxy);
      return [201, 202].includes(status ?? 0) ? String(status) : "none";
    },
    seen: ["201", "202", "none"],
  },
  {
    name: "firewall rule",
    first: () => firewall(7001),
    changed: () => firewall(7002),
    bad: () => firewall(7003, "192.0.2.300"),
    refusal: /Unable to put firewall fragment contract-access/,
    see: (lab, hosts) =>
      read(
        lab,
        hosts.own,
        "nft list ruleset | grep --only-matching 'saddr 192.0.2.7 tcp dport 700.' || true",
      ),
    seen: ["saddr 192.0.2.7 tcp dport 7001", "saddr 192.0.2.7 tcp dport 7002", ""],
  },
  {
    name: "scrape target",
    first: () => scrape("contract-one"),
    changed: () => scrape("contract-two"),
    // The component writes nothing that Prometheus would refuse; another writer might.
    bad: () => ({
      ...scrape("contract-two"),
      dropIn: { kind: "scrape", content: "no JSON" },
    }),
    refusal: /Unable to put scrape fragment contract-drop-in/,
    see: async (lab, hosts) => {
      const targets = `curl --silent --insecure https://${hosts.monitoring}:9090/api/v1/targets`;
      const grep = `${targets} | grep --only-matching --extended-regexp 'contract-(one|two)' | sort -u || true`;
      return read(lab, hosts.monitoring, grep);
    },
    seen: ["contract-one", "contract-two", ""],
  },
  {
    name: "secret",
    first: () => secret("first-value"),
    changed: () => secret("second-value", "0440"),
    bad: () => secret("third-value", "9999"),
    refusal: /contract-secret/,
    see: (lab, hosts) =>
      read(
        lab,
        hosts.own,
        "cd /var/lib/nixmox/secrets && if [ -e contract ]; then stat -c '%a %U' contract; cat contract; fi",
      ),
    seen: ["400 root\nfirst-value", "440 root\nsecond-value", ""],
  },
  {
    name: "database",
    first: () => database([]),
    changed: () => database(["hstore"]),
    bad: () => database(["no_such_extension"]),
    refusal: /no_such_extension/,
    see: (lab, hosts) =>
      read(
        lab,
        hosts.own,
        "f=/var/lib/nixmox/secrets/database-contract; [ -e $f ] || exit 0; umask 077; p=$(mktemp); " +
          `printf '%s:5432:*:contract:%s\\n' ${hosts.database} "$(cat $f)" > $p; ` +
          `PGPASSFILE=$p psql "host=${hosts.database} user=contract dbname=contract" --no-password -tA ` +
          "-c 'SELECT count(*) FROM pg_extension'; rm $p",
      ),
    seen: ["1", "2", ""],
  },
];

export function describeContracts(lab: () => Homelab): void {
  describe("contract", () => {
    let hosts: Hosts;
    let hostKeys: Request["hostKeys"];
    let pulumi: (...args: string[]) => Promise<Finished>;

    const up = async (wanted: Wanted) => {
      const request = {
        privateKeyFile: join(lab().project, ".nixmox", "ssh", "id_ed25519"),
        hosts,
        hostKeys,
        ...wanted,
      };
      writeFileSync(
        join(lab().project, "tests", "lab", "contracts", "request.json"),
        JSON.stringify(request),
      );
      return pulumi("up", "--stack", "contract", "--yes", "--skip-preview");
    };

    before(async () => {
      const services = await lab().services();
      hosts = {
        dns: services.dns!.address,
        proxy: services.caddy!.address,
        database: services.postgresql!.address,
        monitoring: services.monitoring!.address,
        own: services.miniflux!.address,
      };
      const cwd = join(lab().project, "tests", "lab", "contracts");
      const publicKey = "cat /etc/ssh/ssh_host_ed25519_key.pub";
      hostKeys = Object.fromEntries(
        await Promise.all(
          Object.values(hosts).map(
            async (each) => [each, (await lab().on(each, publicKey)).stdout.trim()] as const,
          ),
        ),
      );
      pulumi = (...args) => lab().quietly("-C", cwd, ...args);
      const { status, stderr } = await pulumi("stack", "init", "contract");
      assert.equal(status, 0, stderr);
    });

    after(async () => {
      await up({});
      await pulumi("destroy", "--stack", "contract", "--yes", "--skip-preview");
      await pulumi("stack", "rm", "contract", "--yes");
    });

    /** Some daemons take a moment to reread their files. */
    const isSeen = async (see: Case["see"], expected: string) => {
      const end = Date.now() + 20_000;
      let seen = await see(lab(), hosts);
      while (seen !== expected && Date.now() < end) {
        await sleep(500);
        seen = await see(lab(), hosts);
      }
      assert.equal(seen, expected);
    };

    /** Everything else is still served. */
    const othersServed = async () => {
      const { caddy, dns: resolver } = await lab().services();
      const ca = await lab().output<string>("caCertificate");
      const { status } = await ask("https://miniflux.nixmox.lan/healthcheck", caddy!.address, ca);
      assert.equal(status, 200);
      assert.deepEqual(dig(resolver!.address, "miniflux.nixmox.lan"), [caddy!.address]);
    };

    for (const { name, first, changed, bad, refusal, see, seen } of cases) {
      describe(name, () => {
        it("is created", async () => {
          const { status, stdout, stderr } = await up(first(hosts));
          assert.equal(status, 0, stdout + stderr);
          await isSeen(see, seen[0]);
        });

        it("is changed", async () => {
          const { status, stdout, stderr } = await up(changed(hosts));
          assert.equal(status, 0, stdout + stderr);
          await isSeen(see, seen[1]);
        });

        it("is refused when bad, and everything is served as before", async () => {
          const { status, stdout, stderr } = await up(bad(hosts));
          assert.notEqual(status, 0, stdout);
          assert.match(stdout + stderr, refusal);
          await isSeen(see, seen[1]);
          await othersServed();
        });

        it("is removed", async () => {
          const { status, stdout, stderr } = await up({});
          assert.equal(status, 0, stdout + stderr);
          await isSeen(see, seen[2]);
          await othersServed();
        });
      });
    }

    it("of a route says where people reach it", async () => {
      await up(route(hosts, 201));
      const args = ["stack", "output", "url", "--stack", "contract"];
      assert.equal((await pulumi(...args)).stdout.trim(), "http://contract.nixmox.lan/");
    });
  });
}
