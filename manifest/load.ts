import { check } from "./check";
import type { CheckContext } from "./check/context";
import { excuse } from "./check/excused";
import { warningsOf } from "./check/ignored";
import { findLiteralSecrets, type LiteralSecret } from "./check/literalSecrets";
import { Suggestions } from "./check/suggestions";
import { checkComments, checkText } from "./check/text";
import { addConventions } from "./conventions";
import {
  formatPath,
  isAbove,
  type Issue,
  ManifestError,
  type Path,
  type Position,
  valueAt,
} from "./issue";
import { normalize, type Normalized } from "./normalize";
import { readSource } from "./read";
import { type CertificateFiles, readCertificates } from "./read/certificates";
import type { Source } from "./read/source";
import { renumber } from "./renumber";
import { defaultVmidBase, resolve, type ResolveOptions } from "./resolve";
import type { Manifest, Origin } from "./resolve/spec";
import { parse } from "./schema/parse";
import { visible } from "./visible";

export { ManifestError } from "./issue";

export interface LoadOptions extends ResolveOptions {
  /** Moves networks of the manifest to others of the same size or larger, by name. */
  readonly networkCidrs?: Readonly<Record<string, string>> | undefined;
}

export interface Loaded {
  /** Its services and routes are sorted by name. */
  readonly manifest: Manifest;
  /** Where a value of `manifest` comes from, and where it is written or could be. */
  readonly origin: (path: Path) => { readonly origin: Origin; readonly path: Path };
  /** A path of `manifest` with file, line and column, as errors show it. */
  readonly place: (path: Path) => string;
  /** What users should know although the manifest is valid; one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads a manifest, replaces its short forms, checks it key by key, derives what it leaves to
 * conventions, and checks the whole.
 *
 * @throws {@link ManifestError} with every error at once: file, line, column, path, what is wrong
 * and how to fix it.
 */
export function loadManifest(file: string, options: LoadOptions = {}): Loaded {
  const source = readSource(file);
  const written = normalize(source.data);
  const literal = findEverywhere(
    source,
    written,
    (data) => findLiteralSecrets(data),
    ({ issue }) => issue.path,
  );
  const { secrets, issues } = excuse(source.data, literal, written.writtenPath);
  const plain = secrets.map(({ issue }) => issue);
  const texts = findEverywhere(
    source,
    written,
    (data) => checkText(data),
    ({ path }) => path,
  );
  const found = [...plain, ...texts.filter(isNotAmong(plain))];
  const unfit = found.length > 0 ? found : checkComments(source.text);
  const first = [...unfit, ...[...issues, ...written.issues].filter(isNotAmong(unfit))];
  const { networkCidrs = {}, ...resolving } = options;
  const certificates = readCertificates(file, written.data);
  const loaded = (data: unknown) =>
    derive(source, { ...written, data }, { first, secrets, certificates }, resolving);
  const asWritten = loaded(written.data);
  // What is wrong is shown as it is written, not as it would be elsewhere.
  const moved = renumber(written.data, networkCidrs);
  return moved === written.data ? asWritten : loaded(moved);
}

/** What was found in a manifest before its keys were read one by one. */
interface Found {
  readonly first: readonly Issue[];
  readonly secrets: readonly LiteralSecret[];
  readonly certificates: CertificateFiles;
}

function derive(
  source: Source,
  written: Normalized,
  { first, secrets, certificates }: Found,
  options: ResolveOptions,
): Loaded {
  const whole = addConventions(written);
  const parsed = parse(whole.data);
  const wrong = [...first, ...parsed.issues.filter(isNotAmong(first))];
  const resolved = resolve(written, whole, parsed, { ...options, certificates });
  const context: CheckContext = {
    manifest: resolved.manifest,
    suggestions: new Suggestions(resolved.manifest, options.vmidBase ?? defaultVmidBase),
    certificates,
    isFaulty: (path) => wrong.some((issue) => isAbove(path, issue.path)),
    isWritten: (path) => resolved.origin(path).origin === "manifest",
    written: (path) => valueAt(parsed.document, path),
    place: (path) => formatPath(written.writtenPath(path)),
  };
  const issues = [...wrong, ...check(context)].map((issue) => ({
    ...issue,
    path: written.writtenPath(issue.path),
    related: issue.related?.map((path) => written.writtenPath(path)) ?? [],
  }));
  if (issues.length > 0) throw refuse(source, issues, secrets);
  return {
    // Without an issue, nothing is missing.
    manifest: sorted(resolved.manifest as Manifest),
    origin: resolved.origin,
    place: (path) => formatPlace(source, resolved.origin(path).path),
    warnings: warningsOf(written, context).map(visible),
  };
}

/** The manifest in the order of names, so that moving a table in the file changes nothing. */
function sorted(manifest: Manifest): Manifest {
  const byName = (a: { readonly name: string }, b: { readonly name: string }) =>
    a.name < b.name ? -1 : 1;
  return {
    ...manifest,
    services: [...manifest.services].sort(byName),
    routes: [...manifest.routes].sort(byName),
    disabled: [...manifest.disabled].sort(byName),
  };
}

/** What is found in the normal form, and in short forms that cannot be replaced by it. */
function findEverywhere<Found>(
  source: Source,
  written: Normalized,
  find: (data: unknown) => Found[],
  pathOf: (found: Found) => Path,
): Found[] {
  const normal = find(written.data);
  const places = new Set(normal.map((found) => formatPath(written.writtenPath(pathOf(found)))));
  return [
    ...normal,
    ...find(source.data).filter((found) => !places.has(formatPath(pathOf(found)))),
  ];
}

/** What is wrong in itself is wrong wherever it is: other rules that it breaks would only be noise. */
function isNotAmong(issues: readonly Issue[]): (issue: Issue) => boolean {
  const places = new Set(issues.map(({ path }) => formatPath(path)));
  return ({ path }) => !places.has(formatPath(path));
}

/** The error for a manifest: one line per issue, in the order of the file. */
function refuse(
  source: Source,
  issues: readonly Issue[],
  secrets: readonly LiteralSecret[],
): ManifestError {
  const hide = (text: string) =>
    secrets.reduce((shown, secret) => without(shown, secret.text), visible(text));
  const located = issues
    .map((issue) => ({ ...issue, position: source.locate(issue.path) }))
    .sort((a, b) => byPosition(a.position, b.position));
  const lines = located.map(({ path, message, related = [] }) => {
    const others = related.map((other) => {
      const at = source.locate(other);
      return formatPath(other) + (at ? ` at line ${at.line}` : "");
    });
    const also = others.length > 0 ? ` See also ${others.join(", ")}.` : "";
    return hide(`${formatPlace(source, path)}: ${message}${also}`);
  });
  return new ManifestError(source.file, located, lines);
}

function formatPlace(source: Source, path: Path): string {
  const position = source.locate(path);
  const place = position ? `${source.file}:${position.line}:${position.column}` : source.file;
  return path.length > 0 ? `${place}: ${formatPath(path)}` : place;
}

function byPosition(a: Position = nowhere, b: Position = nowhere): number {
  return a.line - b.line || a.column - b.column;
}

const nowhere: Position = { line: 0, column: 0 };

/** A message in which a secret is not repeated; one of three characters would not be told from words. */
function without(message: string, secret: string): string {
  if (secret.length < 4) return message;
  const forms = [secret, JSON.stringify(secret).slice(1, -1)].map(visible);
  return forms.reduce((shown, form) => shown.replaceAll(form, "(secret)"), message);
}
