import { type HeaderLines, mentionsHeader, weaveHeaders } from "../manifest/caddyfile/headers";
import type { RouteSpec } from "../manifest/resolve/spec";

/** What browsers are told where neither the route nor the application says anything. */
const defaults: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "SAMEORIGIN",
  "X-XSS-Protection": "1; mode=block",
  "Referrer-Policy": "strict-origin-when-cross-origin",
};

/**
 * Browsers use HTTPS alone from now on. Whether the names below this one have it is for their own
 * routes to say.
 */
const strictTransport = { "Strict-Transport-Security": "max-age=31536000" };

/** The defaults alone, for pages that are not the application's. */
export function renderDefaults(tls: boolean): string[] {
  const lines = Object.entries({ ...defaults, ...(tls && strictTransport) });
  return [...lines.map(([name, value]) => renderDefault(name, value)), removal];
}

const removal = "header -Server";

function renderDefault(name: string, value: string): string {
  return `header ?${name} ${quote(value)}`;
}

/**
 * The directives of a route with the headers of its answers. Each default has a directive of its own:
 * in a block, Caddy would send all of them or none.
 *
 * @returns what is around the answer, and the answer's own directives
 */
export function renderHeaders({ tls, headers, extra_config: extra }: RouteSpec): {
  readonly around: readonly string[];
  readonly inside: readonly string[];
} {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const all: HeaderLines[] = [
    ...Object.entries({ ...defaults, ...(tls && strictTransport) })
      .filter(([name]) => !names.includes(name.toLowerCase()))
      .map(([name, value]) => ({ name, lines: [renderDefault(name, value)] })),
    ...(names.includes("server") ? [] : [{ name: "Server", lines: [removal] }]),
    ...Object.entries(headers).map(([name, value]) => ({ name, lines: renderOwn(name, value) })),
  ];
  const isUntouched = ({ name }: HeaderLines) =>
    !names.includes(name.toLowerCase()) && !mentionsHeader(extra, name);
  const { lines, outside } = weaveHeaders(
    extra,
    all.filter((each) => !isUntouched(each)),
  );
  return {
    around: [...all.filter(isUntouched), ...outside].flatMap((each) => each.lines),
    inside: lines.filter((line) => line.trim() !== ""),
  };
}

/** Only what is deferred also applies to what the application sends. */
function renderOwn(name: string, value: string | false): string[] {
  if (value === false) return [`header -${name}`];
  return ["header {", `\t${name} ${quote(value)}`, "\tdefer", "}"];
}

function quote(value: string): string {
  return `"${value.replaceAll('"', '\\"')}"`;
}
