import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { valueOf } from "./valueOf";

/**
 * The host keys of a stack's hosts. Anyone who has one host's private key can pass for every host that
 * has the same one, so two hosts must not share a key: templates that contain one are a common
 * mistake.
 */
export class HostKeys {
  private readonly keys = new Map<string, pulumi.Output<string>>();
  /** Those that are known by now, by host. */
  private readonly known = new Map<string, string>();

  /** Adds a host's key, which may be known only later. */
  add(host: string, key: pulumi.Output<string>): void {
    this.keys.set(
      host,
      key.apply((value) => {
        this.known.set(host, value);
        return value;
      }),
    );
  }

  /**
   * Runs before something is sent to a host. Nothing waits for the other hosts: of two hosts with the
   * same key, the one that answers second gets nothing. An error in the program itself would also
   * keep the stack from being destroyed.
   */
  hook(host: string): pulumi.ResourceHook {
    return new pulumi.ResourceHook(`nixmox-host-key-${host}`, () => this.check(host));
  }

  /** @throws if another host has this one's key */
  async check(host: string): Promise<void> {
    const key = await valueOf(this.keys.get(host)!);
    const others = [...this.known].filter(([name, other]) => name !== host && other === key);
    if (others.length === 0) return;
    throw new Error(
      `Unable to trust the host of ${host}: it has the same host key as ` +
        `${others.map(([name]) => name).join(", ")} (${fingerprint(key)}), so one can pass for the other. ` +
        "Remove /etc/ssh/ssh_host_* from the template and from these hosts, restart sshd there, and run " +
        `\`pulumi up --replace\` with the URN of ${host}-host-key.`,
    );
  }
}

/** A public key's fingerprint, as OpenSSH prints it. */
function fingerprint(key: string): string {
  const blob = Buffer.from(key.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
