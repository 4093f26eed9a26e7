import { readFileSync } from "node:fs";
import * as random from "@pulumi/random";
import { Database, type DatabaseArgs } from "../../../components/database";
import { DnsRecords, type DnsRecordsArgs } from "../../../components/dnsRecords";
import { ProxyRoute, type ProxyRouteArgs } from "../../../components/proxyRoute";
import { HostKeys } from "../../../components/hostKeys";
import {
  type AccessArgs,
  type DropInArgs,
  RemoteHost,
  type SecretFileArgs,
} from "../../../components/remoteHost";
import { SshAgent } from "../../../components/sshAgent";
import { scrapeTarget, type ScrapeTargetArgs } from "../../../components/scrapeTarget";

/** What the test asks for: hosts by role, and the arguments of each contract that is wanted. */
export interface Request {
  readonly privateKeyFile: string;
  readonly hosts: Readonly<Record<"dns" | "proxy" | "database" | "monitoring" | "own", string>>;
  /** Their host keys, by address. */
  readonly hostKeys: Readonly<Record<string, string>>;
  readonly dns?: Omit<DnsRecordsArgs, "resolver">;
  readonly route?: Omit<ProxyRouteArgs, "proxy">;
  readonly access?: AccessArgs;
  readonly scrape?: ScrapeTargetArgs;
  readonly secret?: SecretFileArgs;
  readonly dropIn?: DropInArgs;
  readonly database?: Omit<DatabaseArgs, "server" | "host" | "shared">;
}

const request = JSON.parse(readFileSync("request.json", "utf8")) as Request;

// The hosts belong to the homelab; this stands in for the container that they would be removed with.
const container = new random.RandomId("container", { byteLength: 4 });
const hostKeys = new HostKeys();
const agent = new SshAgent(request.privateKeyFile, "agent");
const host = (role: keyof Request["hosts"], address = request.hosts[role]) =>
  new RemoteHost(
    role,
    {
      address,
      container,
      vmid: 100,
      identity: role,
      keyComment: "",
      jump: undefined,
      chosenHostKey: request.hostKeys[address],
      hostKeys,
      agent,
      privateKeyFile: request.privateKeyFile,
      timeout: 20,
    },
    {},
  );
const [dns, proxy, server, monitoring, own] = [
  host("dns"),
  host("proxy"),
  host("database"),
  host("monitoring"),
  host("own"),
];

if (request.dropIn) monitoring.dropIn("contract-drop-in", request.dropIn, {});
if (request.dns) new DnsRecords("contract-dns", { resolver: dns, ...request.dns });
if (request.access) own.allow("contract-access", [request.access], {});
if (request.scrape) scrapeTarget("contract-scrape", monitoring, request.scrape, {});
if (request.secret) own.secretFile("contract-secret", request.secret, {});
if (request.database) {
  new Database("contract-database", { server, host: own, shared: undefined, ...request.database });
}
const route = request.route && new ProxyRoute("contract-route", { proxy, ...request.route });

/** The URL of the route. */
export const url = route?.url;
