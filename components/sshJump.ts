import { knownHostsName, type SshProxyJump } from "../settings/sshProxyJump";

/** How `ssh` is told to go through a jump host; empty texts without one. */
export interface JumpText {
  /** The host as `ProxyJump` names it. */
  readonly proxyJump: string;
  /** Lines of an ssh_config. */
  readonly config: string;
  /** Lines of known_hosts. */
  readonly knownHosts: string;
}

/**
 * How `ssh` reaches hosts through a jump host: text of a configuration file, since `ssh` hands its
 * `-F` on to the connection that it makes to the jump host, and no other option.
 *
 * @param addresses the hosts behind it, with spaces between them
 */
export function jumpText(jump: SshProxyJump | undefined, addresses: string): JumpText {
  if (!jump) return { proxyJump: "", config: "", knownHosts: "" };
  const { user, host, port, hostKey } = jump;
  const proxyJump = `${user}@${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    proxyJump,
    config: `Host ${addresses}\n  ProxyJump ${proxyJump}\n`,
    knownHosts: `${knownHostsName(host, port)} ${hostKey}\n`,
  };
}

/** Options, each as `NAME=value`, as the text of an ssh_config for every host. */
export function configText(options: readonly string[]): string {
  const lines = options.map((each) => {
    const [name, ...value] = each.split("=");
    return `  ${name} "${value.join("=")}"\n`;
  });
  return `Host *\n${lines.join("")}`;
}
