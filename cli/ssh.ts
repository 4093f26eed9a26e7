import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configText, jumpText } from "../components/sshJump";
import type { Login } from "./deployedServices";

/** A host as the stack knows it. */
export interface KnownHost {
  readonly address: string;
  /** The SSH host key that the stack pinned; none while the host is not deployed. */
  readonly hostKey?: string;
}

/** The arguments with which `ssh` logs in to a host as root, without a command to run. */
export type SshArguments = (address: string) => string[];

/** Runs something that logs in to hosts, which must have their pinned keys. */
export async function withSsh<T>(
  hosts: readonly KnownHost[],
  { privateKeyFile, jump }: Login,
  run: (ssh: SshArguments) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-ssh-"));
  try {
    const knownHosts = join(folder, "known_hosts");
    const lines = hosts.flatMap(({ address, hostKey }) =>
      hostKey === undefined ? [] : [`${address} ${hostKey}\n`],
    );
    const through = jumpText(jump, hosts.map(({ address }) => address).join(" "));
    writeFileSync(knownHosts, lines.join("") + through.knownHosts);
    const options = [
      "BatchMode=yes",
      "ConnectTimeout=5",
      "GlobalKnownHostsFile=/dev/null",
      "IdentitiesOnly=yes",
      `IdentityFile=${privateKeyFile}`,
      "LogLevel=ERROR",
      "ServerAliveInterval=5",
      "StrictHostKeyChecking=yes",
      `UserKnownHostsFile=${knownHosts}`,
    ];
    const config = join(folder, "config");
    writeFileSync(config, through.config + configText(options));
    const words = ["-F", config, "-o", "HostKeyAlgorithms=ssh-ed25519"];
    return await run((address) => [...words, `root@${address}`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
