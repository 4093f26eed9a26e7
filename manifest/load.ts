import ipaddr from "ipaddr.js";
import { check } from "./check";
import { explain } from "./explain";
import { findCycle } from "./graph";
import { formatPath, type Issue, ManifestError } from "./issues";
import { readdress } from "./readdress";
import { entriesOf, type Manifest, resolve, toAddress, toNumber } from "./resolve";
import { type Document, document as schema } from "./manifestSchema";
import { findLiteralSecrets } from "./secrets";
import { readSource, type Source } from "./source";
import { warningsOf } from "./warnings";

export { ManifestError } from "./issues";

export interface LoadOptions {
  /** Moves all addresses of the manifest into another network of the same size or larger. */
  readonly networkCidr?: string;
}

export interface Loaded {
  readonly manifest: Manifest;
  /** The manifest as written. */
  readonly written: unknown;
  /** The manifest with its defaults, before anything was derived. */
  readonly document: Document;
  /** What the reader should know although the manifest is valid; one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads, checks and completes a manifest.
 *
 * @throws {@link ManifestError} with every error at once: file, line, column, path, what is wrong
 * and what would be right.
 */
export function loadManifest(file: string, options: LoadOptions = {}): Loaded {
  const source = readSource(file);
  const document = validate(source);
  const moved = options.networkCidr ? readdress(document, options.networkCidr) : document;
  return {
    manifest: resolve(moved),
    written: source.data,
    document: moved,
    warnings: warningsOf(moved),
  };
}

function validate(source: Source): Document {
  const secrets = findLiteralSecrets(source.data);
  const parsed = schema.safeParse(source.data, { reportInput: true });
  const known = new Set(secrets.map(({ path }) => formatPath(path)));
  const fromSchema = (parsed.error?.issues ?? [])
    .flatMap((issue) => explain(issue))
    .filter(({ path }) => !known.has(formatPath(path)));
  const issues = [...secrets, ...fromSchema];
  const document = parsed.data ?? withoutFaults(source.data, issues);
  if (document) issues.push(...check(document));
  if (parsed.data && issues.length === 0) issues.push(...checkCycle(parsed.data));
  if (parsed.data && issues.length === 0) return parsed.data;
  throw new ManifestError(source.file, render(source, issues));
}

/**
 * The document without the values that are wrong, so that the rest can be checked in the same run;
 * none where too much would be missing to tell what else is wrong.
 */
function withoutFaults(data: unknown, issues: readonly Issue[]): Document | undefined {
  const copy = structuredClone(data);
  for (const { path } of issues) {
    const keys = path.slice(0, path.findIndex((key) => typeof key === "number") >>> 0);
    const last = keys.at(-1);
    if (last === undefined || last === "enable" || last === "provides") return undefined;
    const table = keys.slice(0, -1).reduce<unknown>((at, key) => read(at, key), copy);
    if (typeof table !== "object" || table === null) continue;
    Reflect.deleteProperty(table, last);
    // Nothing takes an address's place; one that nobody has lets the service be looked at.
    if (last === "ip") Reflect.set(table, last, spareAddress(copy));
  }
  return schema.safeParse(copy).data;
}

/** An address of the network that stands nowhere in the manifest, counted from its end. */
function spareAddress(data: unknown): string | undefined {
  const cidr = read(read(data, "network"), "network_cidr");
  if (typeof cidr !== "string" || !ipaddr.IPv4.isValidCIDR(cidr)) return undefined;
  const text = JSON.stringify(data);
  const last = toNumber(ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toString());
  for (let number = last - 1; number > last - 100_000; number--) {
    const address = toAddress(number);
    if (!ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(cidr))) return undefined;
    if (!text.includes(`"${address}"`)) return address;
  }
  return undefined;
}

function read(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}

/** A cycle as one issue at the first entry that takes part in it. */
function checkCycle(document: Document): Issue[] {
  const cycle = findCycle(resolve(document));
  if (!cycle) return [];
  const names = cycle.map((id) => id.split(".")[0]!);
  const chain = names.filter((name, i) => i === 0 || name !== names[i - 1]);
  const [first, ...others] = chain.slice(0, -1).map((name, i) => {
    const { core, entry } = entriesOf(document).find((each) => each.name === name)!;
    const index = entry.depends_on.indexOf(chain[i + 1]!);
    const key = index < 0 ? ["interface"] : ["depends_on", index];
    return [core ? "core_services" : "services", name, ...key];
  });
  const message =
    `services wait for each other: ${chain.join(" -> ")} (steps ${cycle.join(" -> ")}). ` +
    "Remove one of these dependencies.";
  return [{ path: first!, message, related: others }];
}

/** One line an issue, in the order of the file. */
function render(source: Source, issues: readonly Issue[]): string[] {
  const placed = issues.map((issue) => ({ issue, position: source.locate(issue.path) }));
  placed.sort((a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0));
  return placed.map(({ issue: { path, message, related = [] }, position }) => {
    const place = position ? `${source.file}:${position.line}:${position.column}` : source.file;
    const others = related
      .map((other) => {
        const at = source.locate(other);
        return formatPath(other) + (at ? ` at line ${at.line}` : "");
      })
      .join(", ");
    const also = others ? ` See also ${others}.` : "";
    return [place, ...(path.length > 0 ? [formatPath(path)] : []), message + also].join(": ");
  });
}
