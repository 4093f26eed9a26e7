import { join } from "node:path";
import type { KnownService } from "../../../cli/plan/known";
import type { Preview, PreviewState, PreviewStep, Values } from "../../../cli/plan/preview";

/** Where previews are that the real engine made. */
export const recorded = join(__dirname, "recorded");

export interface Recording {
  readonly known: readonly KnownService[];
  readonly preview: Preview;
}

/** A preview without what the plan does not read: whatever stays the same, and most files of a flake. */
export function recordingOf(preview: Preview, known: readonly KnownService[]): Recording {
  const steps = (preview.steps ?? []).filter(isRead).map((step) => {
    const { op, urn, replaceReasons, diffReasons, detailedDiff } = step;
    const states = op === "same" ? bare(step) : shortened(step);
    return { op, urn, ...states, replaceReasons, diffReasons, detailedDiff };
  });
  return {
    known: known.map(knownOf),
    preview: { steps, diagnostics: preview.diagnostics ?? [] },
  };
}

function knownOf({ name, core, stateful, network, interface: own }: KnownService): KnownService {
  const dbs = Object.entries(own?.dbs ?? {}).map(([key, each]) => {
    return [key, { name: each.name, place: each.place, access: each.access }] as const;
  });
  const secrets = Object.entries(own?.secrets ?? {}).flatMap(([key, { from }]) =>
    from === undefined ? [] : [[key, { from }] as const],
  );
  const contracts = { dbs: Object.fromEntries(dbs), secrets: Object.fromEntries(secrets) };
  return { name, core, stateful, network, interface: contracts };
}

/** Of what stays the same, only what others belong to. */
function isRead({ op, newState, oldState }: PreviewStep): boolean {
  return op !== "same" || /^nixmox:|:Container/.test((newState ?? oldState)?.type ?? "");
}

function frame({ urn, type, parent, deletedWith }: PreviewState): PreviewState {
  return { urn, type, ...(parent && { parent }), ...(deletedWith && { deletedWith }) };
}

function bare({ newState, oldState }: PreviewStep): Partial<PreviewStep> {
  return newState ? { newState: frame(newState) } : oldState ? { oldState: frame(oldState) } : {};
}

function shortened({ oldState, newState }: PreviewStep): Partial<PreviewStep> {
  const [before, after] = sameFilesLeftOut(oldState, newState);
  const state = (from: PreviewState, inputs: PreviewState["inputs"]): PreviewState => ({
    ...frame(from),
    inputs: withoutScripts(inputs ?? {}),
    ...(from.type === "nixmox:index:Service" && { outputs: from.outputs ?? {} }),
  });
  return {
    ...(oldState && { oldState: state(oldState, before) }),
    ...(newState && { newState: state(newState, after) }),
  };
}

/** The arguments of scripts are enough. */
function withoutScripts(inputs: Values): Values {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([key]) => !["connection", "__defaults"].includes(key))
      .map(([key, value]) => [
        key,
        typeof value === "string" && value.startsWith("set -- ") ? value.split("\n# ")[0] : value,
      ]),
  );
}

/** The inputs of both; of a build, the files that differ. */
function sameFilesLeftOut(oldState: PreviewState | undefined, newState: PreviewState | undefined) {
  const inputs = [oldState, newState].map((state) => state?.inputs);
  const bundles = inputs.map((each) => parse(each?.stdin));
  if (!bundles[0] && !bundles[1]) return inputs;
  if (!bundles[0] || !bundles[1]) return inputs.map((each) => each && { ...each, stdin: "" });
  return inputs.map((each, i) => {
    const other = bundles[1 - i];
    const own = bundles[i];
    if (!each || !own || typeof own !== "object") return each;
    const text = JSON.stringify(differing(own, other ?? {}));
    return { ...each, stdin: text };
  });
}

function differing(own: object, other: object): object {
  const rest = other as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(own).flatMap(([name, value]: [string, unknown]) => {
      if (JSON.stringify(value) === JSON.stringify(rest[name])) return [];
      const isFolder = typeof value === "object" && value !== null;
      return [[name, isFolder ? differing(value, rest[name] ?? {}) : value]];
    }),
  );
}

function parse(text: unknown): object | undefined {
  if (typeof text !== "string" || !text.startsWith("{")) return undefined;
  return JSON.parse(text) as object;
}
