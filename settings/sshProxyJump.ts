import { spawnSync } from "node:child_process";

/** A host that SSH connections to the homelab's hosts go through. */
export interface SshProxyJump {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  /** The only host key to accept, as its type and its base64. */
  readonly hostKey: string;
}

const KEY = /^(ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-rsa) [A-Za-z0-9+/]+={0,2}$/;
const FORM =
  /^([A-Za-z_][A-Za-z0-9_.-]*)@([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:]+\])(?::(\d{1,5}))?$/;

/** The host in `nixmox:sshProxyJump`, with its host key; every fault is added to `faults`. */
export function readProxyJump(
  jump: string | undefined,
  chosenKey: string | undefined,
  faults: string[],
): SshProxyJump | undefined {
  if (!jump) {
    if (chosenKey) {
      faults.push(
        "nixmox:sshProxyHostKey is set without nixmox:sshProxyJump, whose host it is about. " +
          "Run `pulumi config rm nixmox:sshProxyHostKey`, or set the other one, too.",
      );
    }
    return undefined;
  }
  const why = jump.includes(",")
    ? "names several hosts, and connections go through one. Name the one that reaches the homelab, and let it reach the others (`ProxyJump` in its own ssh_config does not help here)"
    : undefined;
  const [, user, host, port = "22"] = FORM.exec(jump) ?? [];
  if (why || user === undefined || host === undefined || Number(port) < 1 || Number(port) > 65535) {
    const form =
      why ??
      'must be of the form USER@HOST or USER@HOST:PORT, as in "admin@bastion.example.org:2222"';
    faults.push(
      `nixmox:sshProxyJump ${form}. Run \`pulumi config set nixmox:sshProxyJump VALUE\`.`,
    );
    return undefined;
  }
  const place = { user, host: host.replace(/[[\]]/g, ""), port: Number(port) };
  const hostKey = readHostKey(place, chosenKey, faults);
  return hostKey === undefined ? undefined : { ...place, hostKey };
}

function readHostKey(
  { user, host, port }: Omit<SshProxyJump, "hostKey">,
  chosen: string | undefined,
  faults: string[],
): string | undefined {
  if (chosen) {
    const key = chosen.trim().split(/\s+/).slice(0, 2).join(" ");
    if (KEY.test(key)) return key;
    faults.push(
      "nixmox:sshProxyHostKey must be a public key such as `ssh-ed25519 AAAA...`, as in " +
        `/etc/ssh/ssh_host_ed25519_key.pub on ${host}; a fingerprint is not enough. ` +
        "Run `pulumi config set nixmox:sshProxyHostKey KEY`.",
    );
    return undefined;
  }
  const [first] = knownKeys(knownHostsName(host, port));
  if (first === undefined) {
    faults.push(
      `nixmox:sshProxyJump names ${host}, whose host key nobody here knows yet. ` +
        `Log in once with \`ssh -p ${port} ${user}@${host}\` and compare what it shows, ` +
        "or run `pulumi config set nixmox:sshProxyHostKey KEY`.",
    );
  }
  return first;
}

/** A host as known_hosts has it. */
export function knownHostsName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/** The keys of a host that the user has trusted before, the kind first that OpenSSH prefers. */
function knownKeys(name: string): string[] {
  const { stdout } = spawnSync("ssh-keygen", ["-F", name], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const order = ["ssh-ed25519", "ecdsa", "ssh-rsa"];
  const rank = (key: string) => order.findIndex((kind) => key.startsWith(kind));
  return (
    (stdout ?? "")
      .split("\n")
      // One that is marked was revoked, or is a certificate authority.
      .filter((line) => line !== "" && !/^[#@]/.test(line))
      .map((line) => line.trim().split(/\s+/).slice(1, 3).join(" "))
      .filter((key) => KEY.test(key))
      .sort((a, b) => rank(a) - rank(b))
  );
}
