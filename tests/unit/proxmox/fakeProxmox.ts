import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProxmoxAccess } from "../../../components/proxmox/client";
import { grantedBy } from "./grants";

export const TOKEN = "nixmox@pve!test=00000000-0000-4000-8000-0000000c0ffe";

/** A guest as a test describes it; the rest follows. */
export interface FakeGuest {
  readonly type?: "lxc" | "qemu";
  readonly vmid: number;
  readonly name: string;
  readonly node?: string;
  readonly running?: boolean;
  /** More of its row in `cluster/resources`. */
  readonly row?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly interfaces?: unknown;
  /** Answers its configuration with this status line instead. */
  readonly refuses?: readonly [status: number, reason: string];
  /** Not in the list, because the token may not see it. */
  readonly hidden?: boolean;
}

/** Answers over HTTPS as Proxmox VE's API does, from what a test sets. */
export class FakeProxmox {
  nodes = ["pve1", "pve2"];
  permissions: unknown = grantedBy();
  /** What each node has. */
  bridges: readonly object[] = [{ iface: "vmbr0", type: "bridge" }];
  storages: readonly object[] = [
    { storage: "local", content: "vztmpl,iso" },
    { storage: "local-lvm", content: "rootdir,images" },
  ];
  /** The datacenter's firewall options. */
  firewall: unknown = { enable: 1 };
  guests: readonly FakeGuest[] = [];
  /** Overrides the answer to a path: its status line and body. */
  answers: Record<string, readonly [status: number, reason: string, body: string]> = {};
  /** Paths that are never answered. */
  silent: readonly string[] = [];
  /** What was asked, in order. */
  readonly asked: string[] = [];
  /** How many requests were in progress at the same time, at most. */
  atOnce = 0;
  /** Milliseconds that each answer takes. */
  delay = 0;

  private open = 0;

  private constructor(
    private readonly server: Server,
    private readonly folder: string,
    /** In PEM; it signed itself, for 127.0.0.1. */
    readonly certificate: string,
  ) {}

  static async start(): Promise<FakeProxmox> {
    const folder = mkdtempSync(join(tmpdir(), "nixmox-fake-pve-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const request =
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=pve " +
      "-addext subjectAltName=IP:127.0.0.1";
    execFileSync("openssl", [...request.split(" "), "-keyout", key, "-out", cert], {
      stdio: "ignore",
    });
    const certificate = readFileSync(cert, "utf8");
    const server = createServer({ key: readFileSync(key), cert: certificate });
    const fake = new FakeProxmox(server, folder, certificate);
    server.on("request", (message, response) => {
      const { pathname, searchParams } = new URL(message.url ?? "", "https://pve");
      const path = pathname.replace(/^\/api2\/json\//, "");
      fake.asked.push(path);
      if (fake.silent.includes(path)) return;
      fake.atOnce = Math.max(fake.atOnce, ++fake.open);
      const granted = message.headers.authorization === `PVEAPIToken=${TOKEN}`;
      const [status, reason, body] = granted
        ? (fake.answers[path] ?? fake.answer(path, searchParams))
        : ([401, "invalid token value!", '{"data":null}'] as const);
      setTimeout(() => {
        fake.open--;
        response.writeHead(status, reason, { "content-type": "application/json" }).end(body);
      }, fake.delay);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return fake;
  }

  get access(): ProxmoxAccess {
    const { port } = this.server.address() as AddressInfo;
    return { endpoint: `https://127.0.0.1:${port}/`, insecure: true, token: TOKEN };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
    rmSync(this.folder, { recursive: true });
  }

  private answer(path: string, query: URLSearchParams): readonly [number, string, string] {
    if (path === "nodes") {
      return good(this.nodes.map((node) => ({ node, id: `node/${node}`, type: "node" })));
    }
    const [, place, what] = /^nodes\/(\w+)\/(network|storage)$/.exec(path) ?? [];
    if (place !== undefined) return good(what === "network" ? this.bridges : this.storages);
    if (path === "access/permissions") return good(this.permissions);
    if (path === "cluster/firewall/options") return good(this.firewall);
    if (path === "cluster/resources") {
      return good(this.guests.filter(({ hidden }) => hidden !== true).map(rowOf));
    }
    if (path === "cluster/nextid") {
      const vmid = query.get("vmid") ?? "";
      if (this.guests.every((guest) => String(guest.vmid) !== vmid)) return good(vmid);
      const errors = { vmid: `VM ${vmid} already exists` };
      return [400, "Parameter verification failed.", JSON.stringify({ data: null, errors })];
    }
    return this.answerForGuest(path);
  }

  private answerForGuest(path: string): readonly [number, string, string] {
    const [, node, type, vmid, what] = /^nodes\/(\w+)\/(lxc|qemu)\/(\d+)\/(\w+)$/.exec(path) ?? [];
    const guest = this.guests.find((each) => each.vmid === Number(vmid));
    if (guest === undefined || rowOf(guest).type !== type || rowOf(guest).node !== node) {
      return bad(500, `Configuration file 'nodes/${node}/${type}/${vmid}.conf' does not exist`);
    }
    if (guest.refuses) return bad(...guest.refuses);
    if (what === "config") {
      const name = type === "lxc" ? { hostname: guest.name } : { name: guest.name };
      return good({ ...name, ...guest.config, digest: "0".repeat(40) });
    }
    if (what === "interfaces" && type === "lxc") return good(guest.interfaces ?? null);
    return bad(501, `Method 'GET /${path}' not implemented`);
  }
}

function rowOf({ type = "lxc", vmid, name, node = "pve1", running = false, row }: FakeGuest) {
  const status = running ? "running" : "stopped";
  const pool = "nixmox";
  return { id: `${type}/${vmid}`, type, vmid, name, node, pool, status, template: 0, ...row };
}

function good(data: unknown): readonly [number, string, string] {
  return [200, "OK", JSON.stringify({ data })];
}

function bad(status: number, reason: string): readonly [number, string, string] {
  return [status, reason, JSON.stringify({ data: null })];
}
