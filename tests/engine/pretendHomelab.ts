import { createHash, generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { homedir } from "node:os";
import { defaultNames } from "../../components/sso/authentikDefaults";
import { type Outputs, PretendProvider } from "./pretend";
import { EngineProject, repository } from "./project";

const token = "nixmox@pve!test=00000000-0000-4000-8000-000000000000";

/** The shipped homelab as if it had been deployed. Only what would reach a host or an API is pretended. */
export class PretendHomelab {
  private constructor(
    readonly project: EngineProject,
    private readonly providers: readonly PretendProvider[],
  ) {}

  static async deploy(): Promise<PretendHomelab> {
    const project = await EngineProject.create(token);
    // It asks Proxmox VE, and a container's deletion is no part of a preview.
    project.edit("components/stackIdentity.ts", (code) =>
      code.replace("askProxmox(access,", "(async (..._: unknown[]) => {})(access,"),
    );
    const plugin = (name: string, version: string): [string, ...string[]] => [
      join(pluginsFolder(), `resource-${name}-v${version}`, `pulumi-resource-${name}`),
    ];
    const providers = [
      await PretendProvider.start("command", plugin("command", "1.2.1"), commands),
      await PretendProvider.start("proxmoxve", plugin("proxmoxve", "8.6.0"), containers),
      await PretendProvider.start(
        "authentik",
        [process.execPath, "--import", "tsx", join(repository, "providers/authentik/main.ts")],
        (_, name) => ({ uuid: `uuid-of-${name}` }),
        { cwd: repository },
      ),
      await PretendProvider.start(
        "pve",
        [process.execPath, "--import", "tsx", join(repository, "providers/pve/main.ts")],
        () => ({ key: "mp0", volumeId: "local-lvm:vm-1-disk-1" }),
        { cwd: repository },
      ),
    ];
    // The state is written once instead of after every step.
    Object.assign(project.variables, {
      PULUMI_EXPERIMENTAL: "true",
      PULUMI_SKIP_CHECKPOINTS: "true",
    });
    project.variables.PULUMI_DEBUG_PROVIDERS = providers.map(({ address }) => address).join();
    const homelab = new PretendHomelab(project, providers);
    await homelab.up();
    return homelab;
  }

  async up(): Promise<void> {
    const { status, printed } = await this.project.pulumi(
      ...["up", "--stack", "dev", "--yes", "--skip-preview"],
    );
    if (status !== 0) throw new Error(printed);
  }

  remove(): void {
    for (const provider of this.providers) provider.stop();
    this.project.remove();
  }
}

function pluginsFolder(): string {
  return join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
}

/** What Proxmox VE would say of a container that has just been created. */
const containers: Outputs = (type) =>
  type.endsWith(":ContainerLegacy")
    ? {
        cpu: { units: 1024 },
        disk: { pathInDatastore: "vm-1-disk-0" },
        initialization: { dns: { server: "" }, entrypoint: "", userAccount: { password: "" } },
        ipv4: {},
        ipv6: {},
      }
    : {};

/** Certificates are issued for real, since nothing but this machine is needed for it. */
const commands: Outputs = (type, name, inputs) => {
  if (name.endsWith("-host-key")) return { stdout: hostKey(), stderr: "" };
  if (type !== "command:remote:Command") return undefined;
  return { stdout: printedBy(name, JSON.stringify(inputs.stdin ?? "")), stderr: "" };
};

function printedBy(name: string, stdin: string): string {
  if (name.endsWith("-defaults")) {
    return defaultNames.map((each, i) => `${each} ${i + 1}`).join("\n");
  }
  const digest = createHash("sha256").update(stdin).digest("hex").slice(0, 32);
  return name.endsWith("-build") ? `/nix/store/${digest}-system\n` : `${digest}\n`;
}

/** A host key as OpenSSH writes it, another one for each host. */
function hostKey(): string {
  const { publicKey } = generateKeyPairSync("ed25519");
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url");
  const text = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = Buffer.concat([text(Buffer.from("ssh-ed25519")), text(raw)]);
  return `ssh-ed25519 ${blob.toString("base64")}`;
}
