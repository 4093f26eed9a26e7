/**
 * Writes methods.json: the parameters of the methods that the lab serves, taken from a dump of the
 * Proxmox VE API documentation. Run it when a method is added:
 *
 *     npx tsx lab/pve/schema/extract.ts METHODS_DUMP.json
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { routes } from "../routes";
import type { Parameter, Schema } from "./types";

const SOURCE =
  "Proxmox VE API documentation as published in PyPI clientapi-pve 2026.5.24; parameters only";

/** A JSON schema node as the dump has it. */
interface Node {
  $ref?: string;
  $defs?: Record<string, Node>;
  type?: string;
  enum?: (string | number)[];
  anyOf?: Node[];
  items?: Node;
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
  required?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
}

interface Dump {
  [method: string]: { query: string[]; request: Node | null } | undefined;
}

/** The dump names query parameters without their types; these are the ones that are not strings. */
const QUERY_TYPES: Record<string, Parameter["type"]> = {
  ...Object.fromEntries(["limit", "start", "since", "until", "vmid"].map((k) => [k, "integer"])),
  ...Object.fromEntries(
    ["current", "destroy-unreferenced-disks", "download", "enabled", "errors", "force"].map((k) => [
      k,
      "boolean",
    ]),
  ),
  full: "boolean",
  purge: "boolean",
};

const flag: Parameter = { type: "boolean", optional: true };
const word: Parameter = { type: "string", optional: true };
const policy: Parameter = { ...word, enum: ["ACCEPT", "REJECT", "DROP"] };

/** The dump lacks virtual machines and the datacenter's firewall; these are Proxmox's own sources'. */
const NOT_IN_DUMP: Schema["methods"] = {
  "GET /nodes/{node}/qemu/{vmid}/config": {
    node: { type: "string" },
    vmid: { type: "integer", minimum: 100, maximum: 999999999 },
    current: flag,
    snapshot: word,
  },
  "GET /cluster/firewall/options": {},
  "PUT /cluster/firewall/options": {
    delete: word,
    digest: { ...word, maxLength: 64 },
    // Proxmox also takes a time here, until which it is on.
    enable: { type: "integer", optional: true, minimum: 0 },
    ebtables: flag,
    policy_in: policy,
    policy_out: policy,
    policy_forward: { ...word, enum: ["ACCEPT", "DROP"] },
    log_ratelimit: word,
  },
};

const PATH_TYPES: Record<string, Parameter> = {
  vmid: { type: "integer", minimum: 100, maximum: 999999999 },
};

function convert(node: Node, defs: Record<string, Node>): Parameter {
  const follow = (n: Node): Node => (n.$ref ? follow(defs[n.$ref.split("/").at(-1)!]!) : n);
  const choices = (node.anyOf ?? [node]).map(follow);
  const nullable = choices.some((n) => n.type === "null");
  const found = choices.find((n) => n.type !== "null")!;
  const optional = nullable ? { optional: true } : {};
  // A property string is an object that may also be written as text.
  const nested = follow(found.properties?.actual_instance?.anyOf?.[0] ?? {}).properties;
  if (nested) {
    const required = follow(found.properties!.actual_instance!.anyOf![0]!).required ?? [];
    const properties = Object.fromEntries(
      Object.entries(nested).map(([name, property]) => {
        const { optional: _, ...parameter } = convert(property, defs);
        return [name, required.includes(name) ? parameter : { ...parameter, optional: true }];
      }),
    );
    return { type: "string", ...optional, properties };
  }
  if (found.type === "integer" && found.enum?.join() === "0,1") {
    return { type: "boolean", ...optional };
  }
  const { minimum, maximum, minLength, maxLength } = found;
  const limits = Object.entries({ minimum, maximum, minLength, maxLength }).filter(
    ([, limit]) => limit !== undefined,
  );
  return {
    type: found.type as Parameter["type"],
    ...optional,
    ...(found.enum ? { enum: found.enum.map(String) } : {}),
    ...Object.fromEntries(limits),
  };
}

/** Indexed parameters (`net0`, `net1`) are one object named in the plural (`nets`). */
function extract(request: Node | null): [string, Parameter][] {
  const defs = request?.$defs ?? {};
  return Object.entries(request?.properties ?? {}).map(([name, node]) => {
    const map = node.anyOf?.find((n) => typeof n.additionalProperties === "object");
    if (!map) return [name, convert(node, defs)];
    const item = convert(map.additionalProperties as Node, defs);
    return [`${name.replace(/s$/, "")}[n]`, { ...item, optional: true }];
  });
}

const file = process.argv[2];
if (!file) throw new Error("Unable to extract the schema: no dump named. Pass its path.");
const dump = JSON.parse(readFileSync(file, "utf8")) as Dump;
const methods: Schema["methods"] = Object.fromEntries(
  routes.map(({ method, path }) => {
    const key = `${method} ${path}`;
    if (NOT_IN_DUMP[key]) return [key, NOT_IN_DUMP[key]];
    const found = dump[key];
    if (!found) throw new Error(`Unable to extract ${key}: the dump does not have it.`);
    const inPath = [...path.matchAll(/{(\w+)}/g)].map((match): [string, Parameter] => [
      match[1]!,
      PATH_TYPES[match[1]!] ?? { type: "string" },
    ]);
    const inQuery = found.query.map((name): [string, Parameter] => [
      name,
      { type: QUERY_TYPES[name] ?? "string", optional: true },
    ]);
    return [key, Object.fromEntries([...inPath, ...inQuery, ...extract(found.request)])];
  }),
);
const schema: Schema = { source: SOURCE, methods };
writeFileSync(join(__dirname, "methods.json"), `${JSON.stringify(schema)}\n`);
