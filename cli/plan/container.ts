import { describeChange } from "./differences";
import type { Consequence, Effect } from "./effects";
import type { PreviewStep, Values } from "./preview";
import { tableOf, textOf, type World } from "./world";

const ADDRESS = /^initialization\.ipConfigs.*\.address/;

/** What a container's inputs come from: keys of its service, or of something else. */
const keys: readonly (readonly [RegExp, string])[] = [
  [/^cpu\b/, "resources.cores"],
  [/^memory\.swap/, "resources.swap"],
  [/^memory\b/, "resources.memory"],
  [/^disk\.datastoreId/, "datastore or nixmox:datastore"],
  [/^disk\b/, "resources.disk_gb"],
  [/^mountPoints\b/, "volumes"],
  [/^nodeName/, "node or nixmox:node"],
  [/^vmId/, "vmid"],
  [/^description/, "version"],
  [/^startOnBoot/, "onboot"],
  [/^started/, "start"],
  [/^startup/, "provides"],
  [/^initialization\.hostname/, "hostname"],
  [ADDRESS, "ip"],
  [/^networkInterfaces\[?\d*\]?\.bridge/, "bridge, its network's, or nixmox:bridge"],
  [/^networkInterfaces/, "network"],
];

/** What a container has of its network, or all have in common. */
function commonKey(path: string, service: string, world: World): string | undefined {
  if (/^operatingSystem/.test(path)) return "nixmox:templateType";
  if (/^networkInterfaces.*\.vlanId/.test(path)) return world.networkKey(service, "vlan_tag");
  if (/^initialization\.ipConfigs.*\.gateway/.test(path))
    return world.networkKey(service, "gateway");
  if (path.startsWith("initialization.dns")) return world.networkKey(service, "dns");
  return undefined;
}

/** Inputs whose change makes the provider restart the container; others are changed while it runs. */
const restarting =
  /^(memory|mountPoints|networkInterfaces|operatingSystem|console|devicePassthroughs|environmentVariables|started)\b|^initialization\.(dns|hostname|ipConfigs)/;

/** What a change of a service's container means for it. */
export function containerConsequence(
  step: PreviewStep,
  service: string,
  world: World,
  isStateful: boolean,
): Consequence {
  const { op } = step;
  if (op === "create") return { service, effect: "create", why: ["it is new"] };
  const lost: Effect | undefined = isStateful ? "data at risk" : undefined;
  if (op === "delete") {
    return { service, effect: lost ?? "remove", why: ["it is no longer in the manifest"] };
  }
  const paths = pathsOf(step);
  const replacing = paths.filter((path) => isAmong(path, step.replaceReasons ?? []));
  const why = (some: readonly string[]) => [
    ...new Set(some.map((path) => whyOf(step, path, service, world))),
  ];
  if (op !== "update") {
    const reasons = why(replacing.length > 0 ? replacing : paths);
    return { service, effect: lost ?? "replace", why: reasons };
  }
  if (!paths.some((path) => restarting.test(path))) {
    return { service, effect: "nothing", why: why(paths) };
  }
  const isMoved = paths.some((path) => ADDRESS.test(path));
  const notice = `its container restarts${isMoved ? " with another address" : ""}`;
  return { service, effect: "restart", why: [...why(paths), notice] };
}

/** What changed, without what only follows from it. */
function pathsOf({ detailedDiff, diffReasons }: PreviewStep): string[] {
  const changed = Object.keys(detailedDiff ?? {});
  const all = changed.length > 0 ? changed : [...(diffReasons ?? [])];
  const own = all.filter(
    (path) => !/^(__meta|description|networkInterfaces.*\.macAddress)$/.test(path),
  );
  return own.length > 0 ? own : all.filter((path) => path !== "__meta");
}

function isAmong(path: string, reasons: readonly string[]): boolean {
  return reasons.some((reason) => path === reason || path.startsWith(`${reason}.`));
}

function whyOf(step: PreviewStep, path: string, service: string, world: World): string {
  const keyFor = (input: string) => keys.find(([pattern]) => pattern.test(input))?.[1] ?? input;
  const [before, after] = [step.oldState, step.newState].map((state) =>
    shownAt(state?.inputs ?? {}, path),
  );
  const key = commonKey(path, service, world) ?? world.key(service, keyFor(path));
  return describeChange(key, before, after);
}

/** An address without its network's length, as the manifest has it. */
function shownAt(inputs: Values, path: string): unknown {
  const value = valueAt(inputs, path);
  return ADDRESS.test(path) ? textOf(value).replace(/\/\d+$/, "") : value;
}

/** The value at a path such as `networkInterfaces[0].vlanId`. */
function valueAt(inputs: Values, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((word) => word !== "")
    .reduce<unknown>(
      (value, word) => (Array.isArray(value) ? value[Number(word)] : tableOf(value)[word]),
      inputs,
    );
}
