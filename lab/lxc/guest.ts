import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../run";
import type { GuestFiles } from "./guestFiles";
import type { ContainerSpec, InterfaceSpec } from "./spec";

const BEGIN = "# --- BEGIN PVE ---";
const END = "# --- END PVE ---";

/** Replaces the part of a file that Proxmox manages and keeps the rest. */
function withSection(old: string, section: string): string {
  const kept = old.replace(new RegExp(`${BEGIN}\\n[^]*?${END}\\n?`, "g"), "");
  return `${kept}${kept && !kept.endsWith("\n") ? "\n" : ""}${BEGIN}\n${section}${END}\n`;
}

function interfaceStanza(net: InterfaceSpec): string {
  const stanza = (family: "inet" | "inet6", address?: string, gateway?: string) => {
    if (address === undefined) return "";
    if (/^(dhcp|manual|auto)$/.test(address)) return `iface ${net.name} ${family} ${address}\n`;
    const via = gateway ? `\tgateway ${gateway}\n` : "";
    return `iface ${net.name} ${family} static\n\taddress ${address}\n${via}`;
  };
  return `auto ${net.name}\n${stanza("inet", net.ip, net.gw)}${stanza("inet6", net.ip6, net.gw6)}`;
}

/** Writes the files that Proxmox writes into a Debian container before each start. */
export function configureGuest(files: GuestFiles, spec: ContainerSpec): void {
  const stanzas = spec.interfaces.map((net) => `\n${interfaceStanza(net)}`);
  files.write(
    "/etc/network/interfaces",
    `auto lo\niface lo inet loopback\n${stanzas.join("")}\nsource /etc/network/interfaces.d/*\n`,
  );
  const [short] = spec.hostname.split(".");
  files.write("/etc/hostname", `${short}\n`);
  const hosts = files.read("/etc/hosts") ?? "127.0.0.1 localhost\n::1 localhost\n";
  files.write("/etc/hosts", withSection(hosts, hostsOf(spec)));
  const resolv = [
    ...(spec.searchDomains.length > 0 ? [`search ${spec.searchDomains.join(" ")}`] : []),
    ...spec.nameservers.map((server) => `nameserver ${server}`),
  ];
  if (resolv.length > 0) files.write("/etc/resolv.conf", `${resolv.join("\n")}\n`);
  if (spec.timezone) files.write("/etc/timezone", `${spec.timezone}\n`);
}

function hostsOf({ hostname, searchDomains, interfaces }: ContainerSpec): string {
  const [short] = hostname.split(".");
  const names = hostname.includes(".")
    ? [hostname, short]
    : [...searchDomains.map((domain) => `${hostname}.${domain}`), hostname];
  const address = interfaces.map(({ ip }) => ip?.split("/")[0]).find((ip) => /^\d/.test(ip ?? ""));
  return `${address ?? "127.0.1.1"} ${names.join(" ")}\n`;
}

/** How to log in to a new container. */
export interface Login {
  readonly password?: string;
  readonly sshKeys?: string;
}

/** Gives a new container an identity of its own: machine id, SSH host keys, root's login. */
export async function provision(files: GuestFiles, login: Login): Promise<void> {
  files.write("/etc/machine-id", `${randomBytes(16).toString("hex")}\n`, 0o444);
  await writeHostKeys(files);
  if (login.sshKeys) {
    files.makeDir("/root/.ssh", 0o700);
    files.write("/root/.ssh/authorized_keys", `${login.sshKeys.trim()}\n`, 0o600);
  }
  const shadow = files.read("/etc/shadow") ?? "";
  const hash = login.password ? await hashPassword(login.password) : "*";
  files.write(
    "/etc/shadow",
    shadow.replace(/^root:[^:]*:/m, () => `root:${hash}:`),
    0o640,
  );
}

async function hashPassword(password: string): Promise<string> {
  if (/^\$(1|2[axy]?|5|6)\$/.test(password)) return password;
  const { stdout } = await run("openssl", ["passwd", "-6", "-stdin"], { input: `${password}\n` });
  return stdout.trim();
}

async function writeHostKeys(files: GuestFiles): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "nixmox-host-keys-"));
  try {
    for (const type of ["ed25519", "ecdsa", "rsa"]) {
      const name = `ssh_host_${type}_key`;
      const key = join(dir, name);
      await run("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "root@lab", "-f", key]);
      files.write(`/etc/ssh/${name}`, readFileSync(key, "utf8"), 0o600);
      files.write(`/etc/ssh/${name}.pub`, readFileSync(`${key}.pub`, "utf8"));
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
