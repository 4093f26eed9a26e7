import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { containerPaths } from "../../../lab/lxc/command";
import { labPaths } from "../../../lab/paths";
import { upload } from "../../nix/nix";
import { slice, type Slice } from "../../nix/samples";
import { execute, type TestLab } from "../pve/testLab";
import { work } from "../pve/client";

export const domain = "lab.test";
export const publicName = `login.${domain}`;
export const names = { postgresql: `postgresql.${domain}`, keycloak: `keycloak.host.${domain}` };
export const vmids = { postgresql: 240, keycloak: 241 };
type Name = keyof typeof vmids;

const secretsDir = "/var/lib/nixmox/secrets";

/** The secrets of Keycloak's host, by file name. */
export const secrets: Record<string, string> = Object.fromEntries(
  [
    "database-keycloak",
    "admin-password",
    "bootstrap-secret",
    "forward-auth-secret",
    "cookie-secret",
  ].map((name) => [name, randomBytes(16).toString("hex")]),
);

/** Keycloak and the server of its database, each on a host of its own. This machine is the proxy. */
export class KeycloakHosts {
  constructor(private readonly lab: TestLab) {}

  address(name: Name): string {
    return this.lab.address(vmids[name]);
  }

  /** File with the certificate that signed both hosts'. */
  get ca(): string {
    return join(this.lab.dir, "ca.crt");
  }

  on(name: Name, command: string, seconds?: number): Promise<string> {
    return this.lab.inside(vmids[name], command, seconds);
  }

  async create(): Promise<void> {
    await this.openssl(
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"],
      ...["-subj", "/CN=test CA", "-days", "2", "-keyout", this.file("ca.key"), "-out", this.ca],
    );
    const memory = { postgresql: "512", keycloak: "1536" };
    for (const name of ["postgresql", "keycloak"] as const) {
      const more = { hostname: name, memory: memory[name], swap: "0" };
      await work(this.lab, "POST", "/nodes/pve1/lxc", this.lab.container(vmids[name], more));
      await this.on(name, "systemctl is-system-running --wait || true");
      await this.on(name, `mkdir -p ${secretsDir}`);
      await this.certify(name);
    }
    for (const [name, value] of Object.entries(secrets)) this.writeSecret(name, value);
  }

  /** Configures a host; returns how many seconds that took. */
  async configure(name: Name): Promise<number> {
    const flake = upload(name, this.slices()[name], { "ca.crt": this.read(this.ca) });
    await this.place(name, flake, "/etc/nixos");
    const began = Date.now();
    await this.on(name, `nixos-rebuild switch --flake /etc/nixos#${name} 2>&1`, 900);
    return Math.round((Date.now() - began) / 1000);
  }

  /** What a deployment does on the database's host for Keycloak's. */
  async createDatabase(): Promise<void> {
    const address = this.address("keycloak");
    const sql = `CREATE ROLE keycloak LOGIN PASSWORD '${secrets["database-keycloak"]}'`;
    const psql = "cd / && runuser -u postgres -- psql --quiet --command";
    await this.on("postgresql", `${psql} "${sql}"`);
    await this.on("postgresql", `${psql} "CREATE DATABASE keycloak OWNER keycloak"`);
    const put = (kind: string, line: string) =>
      this.on("postgresql", `printf '%s\\n' '${line}' | nixmox-fragment put ${kind} keycloak`);
    await put("hba", `hostssl "keycloak" "keycloak" ${address}/32 scram-sha-256`);
    await put("firewall", `ip saddr ${address} tcp dport 5432 accept`);
  }

  /** What it does on Keycloak's host for the proxy. */
  async admitProxy(): Promise<void> {
    const rule = `ip saddr ${this.lab.info.network.gateway} tcp dport { 8443, 4180 } accept`;
    await this.on("keycloak", `echo '${rule}' | nixmox-fragment put firewall caddy`);
  }

  writeSecret(name: string, value: string): void {
    secrets[name] = value;
    this.write("keycloak", `${secretsDir}/${name}`, value);
  }

  private slices(): Record<Name, Slice> {
    const network = {
      domain,
      cidr: this.lab.info.network.cidr,
      gateway: this.lab.info.network.gateway,
      nameservers: [this.lab.info.network.gateway],
      sshSources: [this.lab.info.network.cidr],
      sshKeys: [],
    };
    const host = (name: Name) => ({ ip: this.address(name), hostname: names[name] });
    const shared = { network, exporterPort: 9100, stateDirectory: "/var/lib/nixmox" };
    const certificate = {
      certFile: `${secretsDir}/server.crt`,
      keyFile: `${secretsDir}/server.key`,
    };
    const postgresql = { ...host("postgresql"), ports: [5432], provides: ["database"] };
    const route = { domain: publicName, tls: true, guarded: false };
    return {
      postgresql: slice("postgresql", {
        ...shared,
        service: postgresql,
        maxConnections: 50,
        certificate,
      }),
      keycloak: slice("keycloak", {
        ...shared,
        service: { ...host("keycloak"), ports: [8443, 4180], provides: ["sso"] },
        certificate,
        databases: {
          keycloak: {
            service: "postgresql",
            name: "keycloak",
            role: "keycloak",
            host: names.postgresql,
            address: this.address("postgresql"),
            port: 5432,
            extensions: [],
            passwordFile: `${secretsDir}/database-keycloak`,
          },
        },
        routes: {
          default: {
            ...route,
            path: "/",
            upstream: `${this.address("keycloak")}:8443`,
            url: `https://${publicName}/`,
          },
        },
        secrets: Object.fromEntries(
          Object.keys(secrets)
            .filter((name) => name !== "database-keycloak")
            .map((name) => [name, { path: `${secretsDir}/${name}`, owner: "root", mode: "0400" }]),
        ),
        signOn: {
          kind: "keycloak",
          domain: publicName,
          url: `https://${publicName}`,
          realm: "nixmox",
          apiPort: 8080,
          forwardAuthPort: 4180,
          cookieDomain: `.${domain}`,
          outposts: { ldap: null, radius: null },
        },
        peers: {
          caddy: {
            ip: this.lab.info.network.gateway,
            hostname: `caddy.${domain}`,
            ports: [443],
            provides: ["proxy"],
          },
          postgresql,
        },
      }),
    };
  }

  /** Gives a host a certificate for its name. */
  private async certify(name: Name): Promise<void> {
    const [key, request, certificate] = ["key", "csr", "crt"].map((end) =>
      this.file(`${name}.${end}`),
    ) as [string, string, string];
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${names[name]}`];
    await this.openssl(
      ...["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"],
      ...[...subject, "-keyout", key, "-out", request],
    );
    await this.openssl(
      ...["x509", "-req", "-in", request, "-CA", this.ca, "-CAkey", this.file("ca.key")],
      ...["-copy_extensions", "copy", "-days", "2", "-out", certificate],
    );
    this.write(name, `${secretsDir}/server.crt`, this.read(certificate));
    this.write(name, `${secretsDir}/server.key`, this.read(key));
  }

  private file(name: string): string {
    return join(this.lab.dir, name);
  }

  private read(file: string): string {
    return readFileSync(file, "utf8");
  }

  private async openssl(...args: string[]): Promise<void> {
    const { code, stderr } = await execute("openssl", args);
    if (code !== 0) throw new Error(stderr);
  }

  /** A host's file, as this machine sees it. */
  private path(name: Name, file: string): string {
    return join(containerPaths(labPaths(this.lab.dir), vmids[name]).rootfs, file);
  }

  private write(name: Name, file: string, text: string): void {
    const path = this.path(name, file);
    writeFileSync(path, text);
    chmodSync(path, 0o400);
    // The container's root.
    chownSync(path, 100000, 100000);
  }

  private async place(name: Name, from: string, to: string): Promise<void> {
    const path = this.path(name, to);
    cpSync(from, path, { recursive: true, force: true });
    await execute("chown", ["-R", "100000:100000", path]);
  }
}
