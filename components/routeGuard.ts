import { caFile } from "../manifest/resolve/paths";
import type { GuardSpec } from "../manifest/resolve/spec";

/**
 * Forward auth as Caddy directives. `forward_auth` itself is not used: it passes on an identity that a
 * client made up where the provider names none, and cannot send people to another site to sign in.
 */

/**
 * Who a user is, as applications expect it from any proxy or provider that they know; also where a guard
 * does not say it.
 */
const identityHeaders = [
  ...["User", "Email", "Groups", "Preferred-Username"].flatMap((name) => [
    `X-Forwarded-${name}`,
    `X-Auth-Request-${name}`,
  ]),
  ...["Username", "Email", "Groups", "Name", "Uid"].map((name) => `X-Authentik-${name}`),
];

/** Headers by which applications are told another path than the one that was checked. */
const pathHeaders = ["X-Original-Url", "X-Original-Uri", "X-Rewrite-Url"];

/** The session's cookies, which say nothing to an application and would let it act as its users. */
const sessionCookies = "()\\b(?:_oauth2_proxy|authentik_proxy)[^=;]*=[^;]*;?\\s*";

/** Where the address that was first asked for is prepared as a parameter of another. */
const returnHeader = "X-Nixmox-Return";

const refusal = "You are signed in, but none of your groups may use this page.";

/** Removes from every request to a site what only its guards may say. */
export function renderIdentityRemoval(guards: readonly GuardSpec[]): string[] {
  const copied = guards.flatMap(({ copy_headers: headers }) => headers.flat());
  const names = [...new Set([...identityHeaders, ...copied, ...pathHeaders, returnHeader])];
  return [
    ...names.flatMap(spellings).map((name) => `request_header -${name}`),
    // A client names headers here which the proxy then drops, after they were set. And an upgrade to
    // another protocol would be a tunnel past the guard.
    "@nixmox_websocket header_regexp Upgrade (?i)^websocket$",
    "@nixmox_plain not header_regexp Upgrade (?i)^websocket$",
    "request_header @nixmox_websocket Connection Upgrade",
    "request_header @nixmox_websocket Upgrade websocket",
    "request_header @nixmox_plain -Connection",
    "request_header @nixmox_plain -Upgrade",
  ];
}

/**
 * The paths of a site that the guard itself serves, such as where people come back to.
 *
 * @param before what is done with their requests first
 */
export function renderOwnPaths(guard: GuardSpec, id: string, before: readonly string[]): string[] {
  return guard.own_paths.flatMap((path, i) => {
    const matcher = `@nixmox_own_${id}_${i + 1}`;
    return [
      `${matcher} path ${path}`,
      `handle ${matcher} {`,
      ...indent([...before, ...renderProxy(guard, [])]),
      "}",
    ];
  });
}

/**
 * Asks the guard about every request but those to public paths, which are compared as they were sent: a
 * proxy and an application may read `/x/..%2Fhealth` differently.
 *
 * @param id tells the names in one route from those in others of its site
 */
export function renderGuard(guard: GuardSpec, id: string): string[] {
  const paths = guard.public_paths.map(publicPattern);
  const [open, closed] = [`{nixmox_open${id}}`, `@nixmox_closed${id}`];
  return [
    `map {http.request.orig_uri} ${open} {`,
    ...paths.map((pattern) => `\t"~${pattern}" yes`),
    "\tdefault no",
    "}",
    `${closed} vars ${open} no`,
    ...renderProxy(guard, question(guard), closed),
    `request_header Cookie "${sessionCookies}" $1`,
  ];
}

/** What a guard is asked, and what follows from its answer. */
function question(guard: GuardSpec): string[] {
  const { uri, copy_headers: headers, sign_in_url: signInUrl } = guard;
  return [
    "method GET",
    `rewrite ${uri}`,
    "header_up X-Forwarded-Method {http.request.method}",
    "header_up X-Forwarded-Uri {http.request.uri}",
    "header_up -Connection",
    "header_up -Upgrade",
    "@allowed status 2xx",
    "handle_response @allowed {",
    // The provider may renew the session's cookies.
    "\tcopy_response_headers {",
    "\t\tinclude Set-Cookie",
    "\t}",
    ...headers.flatMap(([from, to], i) => renderCopy(from, to, `@nixmox_named${i + 1}`)),
    "}",
    "@refused status 403",
    "handle_response @refused {",
    `\trespond "${refusal}" 403`,
    "}",
    ...(signInUrl === undefined ? [] : renderSignIn(signInUrl)),
  ];
}

/** Without the condition, Caddy would set the placeholder itself where there is no such header. */
function renderCopy(from: string, to: string, matcher: string): string[] {
  const value = `{http.reverse_proxy.header.${from}}`;
  return [`\t${matcher} not vars ${value} "" <nil>`, `\trequest_header ${matcher} ${to} ${value}`];
}

/** Sends anonymous users to another site, with the address that they asked for as a parameter. */
function renderSignIn(url: string): string[] {
  const encoded = { "%": "%25", "&": "%26", "[+]": "%2B", ";": "%3B" };
  return [
    "@anonymous status 401",
    "handle_response @anonymous {",
    "\troute {",
    `\t\trequest_header ${returnHeader} https://{http.request.host}{http.request.uri}`,
    ...Object.entries(encoded).map(
      ([character, code]) => `\t\trequest_header ${returnHeader} ${character} ${code}`,
    ),
    "\t\theader Cache-Control no-store",
    `\t\tredir ${url}{http.request.header.${returnHeader}} 302`,
    "\t}",
    "}",
  ];
}

function renderProxy(
  { upstream, upstream_tls: isTls, tls_name: name }: GuardSpec,
  options: readonly string[],
  matcher = "",
): string[] {
  const transport = isTls
    ? ["transport http {", `\ttls_server_name ${name}`, `\ttls_trusted_ca_certs ${caFile}`, "}"]
    : [];
  const words = ["reverse_proxy", matcher, `${isTls ? "https://" : ""}${upstream}`];
  return [
    `${words.filter((word) => word !== "").join(" ")} {`,
    ...indent([...options, ...transport]),
    "}",
  ];
}

/**
 * Ways to write a header's name that become one for applications: CGI and WSGI read underscores as
 * hyphens. Caddy itself compares without regard to case.
 */
export function spellings(name: string): string[] {
  const [first = "", ...rest] = name.split("-");
  return rest.reduce(
    (written, word) => written.flatMap((start) => [`${start}-${word}`, `${start}_${word}`]),
    [first],
  );
}

/**
 * A public path as an expression on a request's address, to the letter. Where a `*` is, nothing may
 * come that an application could take for a way out of the path.
 */
export function publicPattern(path: string): string {
  const isPrefix = path.endsWith("*");
  const exact = encodeURI(isPrefix ? path.slice(0, -1) : path).replace(
    /[^A-Za-z0-9/_~%-]/g,
    "[$&]",
  );
  const more = "[A-Za-z0-9._~@:,=+!-]*";
  const segments = `[A-Za-z0-9_~@:,=+!-]${more}(?:/[A-Za-z0-9_~@:,=+!-]${more})*/?`;
  const rest = exact.endsWith("/") ? `(?:${segments})?` : `${more}(?:/(?:${segments})?)?`;
  return `^${exact}${isPrefix ? rest : ""}(?:[?].*)?$`;
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `\t${line}`);
}
