import assert from "node:assert/strict";
import {
  renderDatabase,
  renderFarewell,
  renderHba,
  renderRemoval,
  renderUpdates,
} from "../../components/databaseSql";
import { renderReader, renderReaderRemoval } from "../../components/readerSql";
import { renderRecords } from "../../components/dnsRecords";
import { describeGuest, readMark } from "../../components/proxmox/mark";
import { renderRoute } from "../../components/proxyRoute";
import { renderAccess } from "../../components/remoteHost";
import { renderTarget } from "../../components/scrapeTarget";
import { visitorsOf } from "../../manifest/graph/access";
import type {
  GuardSpec,
  Manifest,
  RouteSpec,
  ServiceSpec,
  SignInSpec,
} from "../../manifest/resolve/spec";
import { type JsonSchema, jsonSchema } from "../../manifest/schema/jsonSchema";
import { toDot, toMermaid } from "../../manifest/show/graph";
import { renderHosts } from "../../manifest/slice";

/** A place where a manifest may have a value; `NAME` is any name. */
export type Field = readonly (string | number)[];

const schema = jsonSchema();

/** Every text, number, list and flag that the schema knows, also inside lists and named tables. */
export function fieldsOf(): Field[] {
  const unique = new Map(within(schema, []).map((field) => [JSON.stringify(field), field]));
  return [...unique.values()];
}

function within(form: JsonSchema, path: Field): Field[] {
  const inner = variantsOf(form).flatMap((each) =>
    childrenOf(each).flatMap(([key, child]) => within(child, [...path, key])),
  );
  const isTable = variantsOf(form).every(
    ({ properties, additionalProperties: named }) =>
      properties !== undefined || typeof named === "object",
  );
  return [...(isTable || path.length === 0 ? [] : [path]), ...inner];
}

/** The forms that a value may have, each without a choice of its own. */
function variantsOf(schema: JsonSchema): readonly JsonSchema[] {
  const choice = schema.anyOf ?? schema.oneOf;
  return choice ? choice.flatMap(variantsOf) : [schema];
}

function childrenOf({
  properties,
  additionalProperties: named,
  propertyNames: { pattern = "" } = {},
  items,
}: JsonSchema) {
  const name = ["name", "Name"].find((each) => new RegExp(pattern).test(each)) ?? "name";
  return [
    ...Object.entries(properties ?? {}),
    ...(typeof named === "object" ? [[name, named] as const] : []),
    ...(items ? [[0, items] as const] : []),
  ] as readonly (readonly [string | number, JsonSchema])[];
}

/** The tables and lists that a field is in, from the outermost; nothing if the schema has no such field. */
function formsAround(schema: JsonSchema, [key, ...rest]: Field): JsonSchema[] | undefined {
  if (key === undefined) return [];
  for (const variant of variantsOf(schema)) {
    const child = childrenOf(variant).find(([each]) => each === key)?.[1];
    const inner = child && formsAround(child, rest);
    if (inner) return [variant, ...inner];
  }
  return undefined;
}

/** A valid manifest with a value at one place. */
export function manifestWith(field: Field, value: unknown): object {
  const manifest = {
    network: { domain: "nixmox.lan", network_cidr: "192.168.99.0/24", gateway: "192.168.99.1" },
    core_services: {
      dns: { ip: "192.168.99.13" },
      postgresql: { ip: "192.168.99.11" },
      caddy: { ip: "192.168.99.10" },
      authentik: { ip: "192.168.99.12" },
      monitoring: { ip: "192.168.99.16" },
      name: { ip: "192.168.99.20", ports: [8080] },
    },
    groups: { name: {} },
    users: { name: { groups: ["name"] } },
    services: { notes: { ip: "192.168.99.21", ports: [8080], interface: { db: {}, route: {} } } },
  };
  if (field[0] === "services") {
    Object.assign(manifest.services, { name: manifest.core_services.name });
    Reflect.deleteProperty(manifest.core_services, "name");
  }
  // Neither a device nor a route to one may have a service's name.
  if (["devices", "routes"].includes(String(field[0])))
    Reflect.deleteProperty(manifest.core_services, "name");
  let at = manifest as unknown as Record<string | number, unknown>;
  field.slice(0, -1).forEach((key, i) => {
    // What a table must have beside the one that is set, so that this has its effect.
    if (typeof at[key] !== "object") {
      at[key] = typeof field[i + 1] === "number" ? [] : besideIn(field, i);
    }
    at = at[key] as Record<string | number, unknown>;
  });
  Object.defineProperty(at, field.at(-1)!, { value, enumerable: true, writable: true });
  return manifest;
}

/** What a table must have beside the key that leads to a field: what the schema asks for, by its examples. */
function besideIn(field: Field, i: number): object {
  const table = formsAround(schema, field)![i + 1]!;
  const required = (table.required ?? []).filter((key) => key !== field[i + 1]);
  const beside = required.map((key) => {
    const { const: only, examples } = table.properties![key]!;
    return [key, only ?? examples?.[0]] as const;
  });
  return { ...Object.fromEntries(beside), ...checkedIn(field, i) };
}

const oidc = () => ({ redirect_uris: ["https://name.nixmox.lan/"] });

/** What no schema asks for, but the checks. */
function checkedIn(field: Field, i: number): object {
  const key = field[i];
  // What is behind an external route has nothing but the proxy's sign-in.
  if (key === "auth" && field[0] === "routes") return { type: "forward_auth" };
  if (key === "oidc") return oidc();
  if (key === "auth") return { type: "oidc", oidc: oidc() };
  if (field[0] === "routes" && i === 1) return { upstream: "http://192.168.1.20" };
  if (field[0] === "networks" && i === 1) {
    return { cidr: "192.168.98.0/24", gateway: "192.168.98.1" };
  }
  if (field[i - 1] === "ports") return { port: 8080 };
  const isGuarded = field[i + 1] === "public_paths";
  return isGuarded ? { auth: { type: "forward_auth" } } : {};
}

/** Throws unless everything that is rendered from a manifest has the form that it must have. */
export function checkRenderings(manifest: Manifest): void {
  for (const service of manifest.services) checkService(manifest, service);
  const { hosts } = JSON.parse(renderHosts(manifest)) as { hosts: object };
  assert.deepEqual(
    Object.keys(hosts),
    manifest.services.map(({ name }) => name),
  );
  eachLine(toMermaid(manifest), [
    /^flowchart LR$| {2}(subgraph \w+\["[a-z ]+"\]|end)$|^ {2}classDef disabled [\w -:,#]+$/,
    /^ {2,4}s_[a-z0-9_]+\["[a-z0-9-]+( \(disabled\))?"\](:::disabled)?$/,
    /^ {2}s_[a-z0-9_]+ --> s_[a-z0-9_]+$/,
  ]);
  eachLine(toDot(manifest), [
    /^digraph services \{$|^ {2}(rankdir=LR|node \[|edge \[)[^<>\\]*$|^ {2}\}$|^\}$/,
    /^ {2}\{ rank=same; "title [\w ]+" \[[\w ="#]*\];$/,
    /^ {4}"[a-z0-9-]+"( \[[\w ="#,]*\])?;$/,
    /^ {4}"title [\w ]+" -> \{ ("[a-z0-9-]+" ?)+\} \[style=invis\];$/,
    /^ {2}"title [\w ]+"( -> "title [\w ]+")* \[style=invis\];$|^ {2}"[a-z0-9-]+" -> "[a-z0-9-]+";$/,
  ]);
}

function checkService(manifest: Manifest, service: ServiceSpec): void {
  const { name, ip, hostname, interface: contracts, version, vmid } = service;
  for (const database of Object.values(contracts.dbs)) {
    checkHba(renderHba(database, ip));
    checkSql(renderDatabase(database, 'it\'s "secret"'));
    checkSql(renderUpdates(database));
    checkSql(renderRemoval({ ...database, on_remove: "drop" }));
    checkSql(renderReader(database, 'it\'s "secret"'));
    checkSql(renderReaderRemoval(database));
    checkSql(renderFarewell(database, ip));
  }
  const routes = Object.values(contracts.routes);
  for (const route of routes) checkSite(route, hostname);
  for (const signIn of Object.values(contracts.sign_ins)) checkSignIn(signIn);
  for (const { guard } of routes) if (guard) checkGuard(guard);
  const domains = routes.map(({ domain }) => domain);
  eachLine(renderRecords({ hostname, address: ip, domains, proxyAddress: "192.168.99.10" }), [
    /^local-data: "[a-z0-9.-]+\. \d+ IN A [\d.]+"$|^local-data-ptr: "[\d.]+ \d+ [a-z0-9.-]+"$/,
  ]);
  const visits = visitorsOf(manifest, service).map(
    ({ name: comment, address: source, ...ports }) => ({ source, comment, ...ports }),
  );
  eachLine(renderAccess(visits), [
    /^(ip saddr [\d./]+|ip6 saddr [\da-f:./]+) (tcp|udp) dport \{ \d+(-\d+)?(, \d+(-\d+)?)* \} accept comment "[a-z0-9.:/-]+"$/i,
  ]);
  const targets = JSON.parse(renderTarget(service)) as { targets: string[] }[];
  assert.equal(targets.length, 1 + Object.keys(contracts.metrics).length);
  eachLine(targets.map((each) => each.targets.join()).join("\n"), [/^[a-z0-9.-]+:\d+$/]);
  const mark = { service: name, stack: "dev", stackId: "3f9a1c0e", vmid };
  assert.deepEqual(readMark(describeGuest(mark, version)), mark);
  assert.equal(describeGuest(mark, version).includes("\n"), false);
}

/** One database is one line for one role and one address. */
export function checkHba(text: string): void {
  eachLine(text, [
    /^host(ssl)? "[a-z0-9_-]+" "[a-z0-9_-]+" [\d.]+\/32 scram-sha-256( [a-z-]+=[\w-]+)*$/,
  ]);
}

/** Without its names and texts, it says nothing but what it always says. */
export function checkSql(sql: string): void {
  const skeleton = sql.replace(/'(?:[^']|'')*'/g, "TEXT").replace(/"(?:[^"]|"")*"/g, "NAME");
  const ours =
    /--|\/\*|\\(?!gexec$|gset$|connect (NAME|postgres)$|set ON_ERROR_STOP o(n|ff)$|if :\w+$|endif$)/m;
  assert.doesNotMatch(skeleton, ours);
  const statements = skeleton.replace(/DO \$\$[^$]*\$\$;/g, "").split(/;|\\gexec|\\gset|\n/);
  for (const each of statements.map((statement) => statement.trim()).filter(Boolean)) {
    const verb =
      /^(SET|SELECT|ALTER|REVOKE|CREATE EXTENSION|GRANT|DROP OWNED|\\(connect|set|if|endif)) ?/;
    assert.match(each, verb, sql);
  }
  assert.doesNotMatch(skeleton, /\b(trust|SUPERUSER|COPY|PROGRAM)\b/);
}

/** What the provider gets: names that are one word, and URLs without anything that has to be escaped. */
export function checkSignIn({ slug, label, url, groups, client }: SignInSpec): void {
  assert.match(slug, /^[a-z0-9][a-z0-9-]*$/);
  assert.match(label, /^[A-Z][a-zA-Z0-9 :]*$/);
  for (const group of groups) assert.match(group, /^[a-z][a-z0-9._-]*$/);
  if (!client) return;
  const urls = [url, client.issuer, ...client.redirect_uris];
  for (const each of urls) assert.match(each, /^[a-z][a-z0-9.+-]*:[\w.~:/?[\]@!$&'()+,;=%-]+$/i);
  for (const word of [client.client_id, ...client.scopes]) assert.match(word, /^[\w.~:/@-]+$/);
  // They stand in an expression that the provider evaluates.
  for (const claim of [client.username_claim, client.groups_claim]) {
    assert.match(claim, /^[A-Za-z_][\w.:/-]*$/);
  }
}

/** What stands in the proxy's configuration: addresses and paths of one word each. */
export function checkGuard({ upstream, tls_name: name, uri, ...guard }: GuardSpec): void {
  assert.match(upstream, /^[\d.]+:\d+$/);
  assert.match(name, /^[a-z0-9.-]+$/);
  assert.match(uri, /^\/[\w./?=,-]*$/);
  for (const path of [...guard.public_paths, ...guard.own_paths]) {
    assert.match(path, /^\/[\w/.~-]*\*?$/);
    assert.doesNotMatch(path, /\/\.\.?(\/|\*?$)/);
  }
  for (const header of guard.copy_headers.flat()) assert.match(header, /^X-[A-Za-z-]+$/);
}

/** Blocks in which nothing but the route's own directives serves requests. */
export function checkSite(route: RouteSpec, hostname: string): void {
  // What further directives may do is checked by Caddy itself.
  const guards = route.guard ? [route.guard] : [];
  const site = renderRoute({ ...route, extra_config: "" }, { hostname, guards });
  const [claim = "", ...block] = site.trimEnd().split("\n");
  const { domain, path, tls, reaches } = route;
  // The proxy's host makes the site's address of what is claimed.
  assert.match(domain, /^(\*\.)?[a-z0-9.-]+$/);
  const said = JSON.parse(claim.replace("# nixmox ", "")) as { upstreams: string[] };
  // A guarded route also asks the identity provider.
  const upstreams = said.upstreams.filter((each) => each !== route.guard?.upstream);
  const own_paths = route.guard?.own_paths ?? [];
  assert.deepEqual({ ...said, upstreams }, { domain, path, tls, upstreams: reaches, own_paths });
  let depth = 0;
  block.forEach((written, i, lines) => {
    const line = written.replace(/"(\\.|[^"\\])*"/g, '""');
    assert.doesNotMatch(line, /^\t*(import|admin|php_fastcgi|exec)\b.*$/, site);
    if (/^\t*(root|file_server)\b/.test(line))
      assert.match(line, /^\t+(root \* \/(srv|var\/www)\/[\w./-]+|file_server)$/);
    depth += (line.match(/\{(\s|$)/g) ?? []).length - (line.match(/^\s*\}/g) ?? []).length;
    if (depth === 0) assert.match(line, /^(\}|@nixmox_\w+ path \S+( \S+)?)$/, site);
    if (i === lines.length - 1) assert.equal(depth, 0, site);
  });
}

function eachLine(text: string, forms: readonly RegExp[]): void {
  for (const line of text.split("\n").filter((each) => each !== "")) {
    assert.ok(
      forms.some((form) => form.test(line)),
      `${JSON.stringify(line)} in:\n${text}`,
    );
  }
}
