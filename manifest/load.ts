import { check } from "./check";
import type { CheckContext } from "./check/context";
import { warningsOf } from "./check/ignored";
import { findLiteralSecrets } from "./check/literalSecrets";
import { Suggestions } from "./check/suggestions";
import { formatPath, isAbove, type Issue, ManifestError, type Path } from "./issue";
import { normalize, type Normalized } from "./normalize";
import { readSource } from "./read";
import type { Source } from "./read/source";
import { renumber } from "./renumber";
import { defaultVmidBase, resolve, type ResolveOptions } from "./resolve";
import type { Manifest, Origin } from "./resolve/spec";
import { parse } from "./schema/parse";

export { ManifestError } from "./issue";

export interface LoadOptions extends ResolveOptions {
  /** Moves all of the manifest's addresses into another network of the same size or larger. */
  readonly networkCidr?: string | undefined;
}

export interface Loaded {
  /** Its services are sorted by name. */
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
  const secrets = findSecrets(source, written);
  const parsed = parse(
    options.networkCidr ? renumber(written.data, options.networkCidr) : written.data,
  );
  const wrong = [...written.issues, ...secrets, ...parsed.issues.filter(isNotAmong(secrets))];
  const resolved = resolve(written, parsed, options);
  const context: CheckContext = {
    manifest: resolved.manifest,
    suggestions: new Suggestions(resolved.manifest, options.vmidBase ?? defaultVmidBase),
    isFaulty: (path) => wrong.some((issue) => isAbove(path, issue.path)),
    isWritten: (path) => resolved.origin(path).origin === "manifest",
    place: (path) => formatPath(written.writtenPath(path)),
  };
  const issues = [...wrong, ...check(context)].map((issue) => ({
    ...issue,
    path: written.writtenPath(issue.path),
    related: issue.related?.map((path) => written.writtenPath(path)) ?? [],
  }));
  if (issues.length > 0) throw refuse(source, issues);
  return {
    // Without an issue, nothing is missing.
    manifest: sorted(resolved.manifest as Manifest),
    origin: resolved.origin,
    place: (path) => formatPlace(source, resolved.origin(path).path),
    warnings: warningsOf(written, context),
  };
}

/** The manifest in the order of names, so that moving a table in the file changes nothing. */
function sorted(manifest: Manifest): Manifest {
  const byName = (a: { readonly name: string }, b: { readonly name: string }) =>
    a.name < b.name ? -1 : 1;
  return {
    ...manifest,
    services: [...manifest.services].sort(byName),
    disabled: [...manifest.disabled].sort(byName),
  };
}

/** Secrets in plain text, also in short forms that cannot be replaced by the normal form. */
function findSecrets(source: Source, written: Normalized): Issue[] {
  const normal = findLiteralSecrets(written.data);
  const places = new Set(normal.map(({ path }) => formatPath(written.writtenPath(path))));
  const isLeftOut = ({ path }: Issue) => !places.has(formatPath(path));
  return [...normal, ...findLiteralSecrets(source.data).filter(isLeftOut)];
}

/** A secret in plain text is wrong wherever it is. */
function isNotAmong(issues: readonly Issue[]): (issue: Issue) => boolean {
  const places = new Set(issues.map(({ path }) => formatPath(path)));
  return ({ path }) => !places.has(formatPath(path));
}

/** The error for a manifest: one line per issue, in the order of the file. */
function refuse(source: Source, issues: readonly Issue[]): ManifestError {
  const located = issues
    .map((issue) => ({ ...issue, position: source.locate(issue.path) }))
    .sort((a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0));
  const lines = located.map(({ path, message, related = [] }) => {
    const others = related.map((other) => {
      const at = source.locate(other);
      return formatPath(other) + (at ? ` at line ${at.line}` : "");
    });
    const also = others.length > 0 ? ` See also ${others.join(", ")}.` : "";
    return `${formatPlace(source, path)}: ${message}${also}`;
  });
  return new ManifestError(source.file, located, lines);
}

function formatPlace(source: Source, path: Path): string {
  const position = source.locate(path);
  const place = position ? `${source.file}:${position.line}:${position.column}` : source.file;
  return path.length > 0 ? `${place}: ${formatPath(path)}` : place;
}
