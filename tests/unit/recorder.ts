import * as pulumi from "@pulumi/pulumi";

/** A resource as the program registered it. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** Names of the resources that it waits for. */
  readonly dependsOn: readonly string[];
  /** Name of the resource whose deletion spares this one's. */
  readonly deletedWith: string | undefined;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly parent: string | undefined;
}

/** Lets a program run against no engine and records what it registers. */
export function record(config: Record<string, string> = {}): Map<string, Recorded> {
  const recorded = new Map<string, Recorded>();
  const nameOf = (urn: string | undefined) => urn?.split("::").at(-1);
  pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs as Record<string, unknown>,
      newResource: ({ type, name, inputs, registerRequest: request }) => {
        recorded.set(name, {
          type,
          name,
          inputs: inputs as Record<string, unknown>,
          dependsOn: [...(request?.getDependenciesList() ?? [])].map((urn) => nameOf(urn)!).sort(),
          deletedWith: nameOf(request?.getDeletedwith() || undefined),
          protect: request?.getProtect() ?? false,
          ignoreChanges: request?.getIgnorechangesList() ?? [],
          parent: nameOf(request?.getParent()),
        });
        return { id: `${name}-id`, state: { ...inputs, ...outputs(type, name) } };
      },
    },
    "nixmox",
    "test",
    false,
  );
  pulumi.runtime.setAllConfig(config);
  return recorded;
}

/** What the real providers would add, as far as the program reads it. */
function outputs(type: string, name: string): Record<string, unknown> {
  if (name === "nixmox-ca-root") {
    const block = (label: string) => `-----BEGIN ${label}-----\nTUlJ\n-----END ${label}-----\n`;
    return { stdout: block("PRIVATE KEY") + block("CERTIFICATE") };
  }
  if (type.startsWith("command:")) return { stdout: `${name} printed this`, stderr: "" };
  if (type === "random:index/randomPassword:RandomPassword") return { result: `${name}-value` };
  return {};
}

/** Waits until everything that was declared is registered. */
export async function settle(): Promise<void> {
  await pulumi.runtime.disconnect();
}
