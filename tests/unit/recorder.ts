import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { defaultNames } from "../../components/sso/authentikDefaults";

/** A resource as the program registered it. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** Names of the resources that it waits for. */
  readonly dependsOn: readonly string[];
  /** Name of the resource whose deletion makes this one's unnecessary. */
  readonly deletedWith: string | undefined;
  /** Names of the resources whose replacement also replaces this one. */
  readonly replaceWith: readonly string[];
  readonly protect: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly ignoreChanges: readonly string[];
  readonly parent: string | undefined;
  /** Names of the hooks, by when they run. */
  readonly hooks: Readonly<Record<string, readonly string[]>>;
  /** What a component says of itself. */
  outputs: Readonly<Record<string, unknown>>;
}

/** The part of the engine's interface that is watched. */
interface Monitor {
  registerResource(request: Request, callback: unknown): Promise<void>;
  registerResourceOutputs(request: OutputsRequest, callback: unknown): Promise<void>;
  registerResourceHook(request: unknown, callback: (error: null, answer: object) => void): void;
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> } | undefined;
}

interface Request {
  getType(): string;
  getName(): string;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
  getDependenciesList(): string[];
  getDeletedwith(): string;
  getReplaceWithList(): string[];
  getProtect(): boolean;
  getDeletebeforereplace(): boolean;
  getIgnorechangesList(): string[];
  getParent(): string;
  getHooks(): { toObject(): Record<string, string[]> } | undefined;
}

/** Lets a program run against no engine and records what it registers. */
export function record(config: Record<string, string> = {}): Map<string, Recorded> {
  const recorded = new Map<string, Recorded>();
  const nameOf = (urn: string) => (urn === "" ? undefined : urn.split("::").at(-1));
  void pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs as Record<string, unknown>,
      newResource: ({ type, name, inputs }) => ({
        id: type.startsWith("authentik:index/provider") ? "7" : `${name}-id`,
        state: { ...(inputs as object), ...outputs(type, name, inputs as Inputs) },
      }),
    },
    "nixmox",
    "test",
    false,
  );
  // Mocks are not told of dependencies and options; the requests to the engine are.
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  // The mocks know no hooks.
  monitor.registerResourceHook = (_, callback) => callback(null, {});
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    assert.equal(recorded.has(request.getName()), false, `two resources are ${request.getName()}`);
    recorded.set(request.getName(), {
      type: request.getType(),
      name: request.getName(),
      inputs: request.getObject()?.toJavaScript() ?? {},
      dependsOn: request
        .getDependenciesList()
        .map((urn) => nameOf(urn)!)
        .sort(),
      deletedWith: nameOf(request.getDeletedwith()),
      replaceWith: request.getReplaceWithList().map((urn) => nameOf(urn)!),
      protect: request.getProtect(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      ignoreChanges: request.getIgnorechangesList(),
      parent: nameOf(request.getParent()),
      hooks: hooksOf(request),
      outputs: {},
    });
    return register(request, callback);
  };
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    const resource = recorded.get(nameOf(request.getUrn()) ?? "");
    if (resource) resource.outputs = request.getOutputs()?.toJavaScript() ?? {};
    return registerOutputs(request, callback);
  };
  pulumi.runtime.setAllConfig(config, ["nixmox:apiToken", "nixmox:secrets"]);
  return recorded;
}

function hooksOf(request: Request): Record<string, string[]> {
  const hooks = Object.entries(request.getHooks()?.toObject() ?? {});
  return Object.fromEntries(
    hooks
      .filter(([, names]) => names.length > 0)
      .map(([when, names]) => [when.replace(/List$/, ""), names]),
  );
}

type Inputs = Readonly<Record<string, unknown>>;

/** What the real providers would add, as far as the program reads it. */
function outputs(type: string, name: string, inputs: Inputs): Record<string, unknown> {
  if (type === "command:local:Command" && /^nixmox-ca$|-(authority|certificate)$/.test(name)) {
    const text = Buffer.from(name).toString("base64");
    const block = (label: string) => `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;
    return { stdout: block("PRIVATE KEY") + block("CERTIFICATE") };
  }
  if (/-directory-defaults$/.test(name)) {
    return { stdout: defaultNames.map((each) => `${each} id-of-${each}`).join("\n") };
  }
  if (type.startsWith("command:")) return { stdout: `${name} printed this`, stderr: "" };
  if (type === "random:index/randomPassword:RandomPassword") {
    const isHexadecimal = inputs.overrideSpecial === "abcdef";
    const result = isHexadecimal ? "ab".repeat(Number(inputs.length) / 2) : `${name}-result`;
    return { result };
  }
  if (type === "authentik:index/application:Application") return { uuid: `${name}-uuid` };
  if (type === "random:index/randomId:RandomId") return { hex: "3f9a1c0e" };
  return {};
}

/** Waits until everything that was declared is registered. */
export async function settle(): Promise<void> {
  await pulumi.runtime.disconnect();
}

const secretMark = "4dabf18193072939515e22adb298388d";

/** Inputs without the values that the engine encrypts. */
export function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== "object" || value === null) return value;
  if (secretMark in value) return "secret";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, strip(inner)]));
}
