import { readFileSync } from "node:fs";
import * as random from "@pulumi/random";
import { Database, type DatabaseArgs } from "../../../components/database";
import { DnsRecord, type DnsRecordArgs } from "../../../components/dnsRecord";
import { Fragment, type FragmentArgs } from "../../../components/fragment";
import { FirewallRule, type FirewallRuleArgs } from "../../../components/firewallRule";
import { ProxyRoute, type ProxyRouteArgs } from "../../../components/proxyRoute";
import { RemoteHost } from "../../../components/remoteHost";
import { ScrapeTarget, type ScrapeTargetArgs } from "../../../components/scrapeTarget";
import { SecretFile, type SecretFileArgs } from "../../../components/secretFile";

/** What the test asks for: hosts by role, and the arguments of each contract that is wanted. */
export interface Request {
  readonly privateKeyFile: string;
  readonly hosts: Readonly<Record<"dns" | "proxy" | "database" | "monitoring" | "own", string>>;
  readonly dns?: Omit<DnsRecordArgs, "host">;
  readonly route?: Omit<ProxyRouteArgs, "proxy" | "host">;
  readonly firewall?: Omit<FirewallRuleArgs, "host">;
  readonly scrape?: Omit<ScrapeTargetArgs, "monitoring" | "host">;
  readonly secret?: Omit<SecretFileArgs, "host">;
  readonly fragment?: Omit<FragmentArgs, "host">;
  readonly database?: Omit<DatabaseArgs, "server" | "host">;
}

const request = JSON.parse(readFileSync("request.json", "utf8")) as Request;

// The hosts belong to the homelab; this stands for the container that they would be removed with.
const container = new random.RandomId("container", { byteLength: 4 });
const host = (role: keyof Request["hosts"], address = request.hosts[role]) =>
  new RemoteHost(`${role}-host`, {
    address,
    container,
    vmid: 100,
    privateKey: readFileSync(request.privateKeyFile, "utf8"),
    privateKeyFile: request.privateKeyFile,
    timeout: 20,
  });
const [dns, proxy, server, monitoring, own] = [
  host("dns"),
  host("proxy"),
  host("database"),
  host("monitoring"),
  host("own"),
];

const made = {
  fragment:
    request.fragment &&
    new Fragment("contract-fragment", { host: monitoring, ...request.fragment }),
  dns: request.dns && new DnsRecord("contract-dns", { host: dns, ...request.dns }),
  route: request.route && new ProxyRoute("contract-route", { proxy, host: own, ...request.route }),
  firewall:
    request.firewall && new FirewallRule("contract-firewall", { host: own, ...request.firewall }),
  scrape:
    request.scrape &&
    new ScrapeTarget("contract-scrape", { monitoring, host: own, ...request.scrape }),
  secret: request.secret && new SecretFile("contract-secret", { host: own, ...request.secret }),
  database:
    request.database &&
    new Database("contract-database", { server, host: own, ...request.database }),
};

/** The results that the contracts document. */
export const results = {
  url: made.route?.url,
  secretPath: made.secret?.path,
  database: made.database && {
    address: made.database.address,
    port: made.database.port,
    database: made.database.database,
    role: made.database.role,
    secretPath: made.database.secretPath,
  },
};
