import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { toJsonSchema } from "./jsonSchema";
import {
  SchemaFile,
  type Content,
  type Operation,
  type Parameter,
  type Schema,
} from "./schemaFile";

/** What the official schema says of a request's method and path. */
export interface Match {
  readonly operation: Operation;
  /** The values of the path's parameters. */
  readonly params: Readonly<Record<string, string>>;
}

const PREFIX = "/api/v3";
// Any request may be answered with these, although the schema names few of them.
const GENERIC = { $ref: "#/components/schemas/GenericError" };

/**
 * Checks requests and responses against Authentik's official schema. Paths are given with or
 * without `/api/v3`. The result names every problem, and is empty where there is none.
 *
 * Stricter than Authentik in one way: a property that the schema does not name is a problem.
 */
export class OpenApi {
  readonly #file: SchemaFile;
  readonly #routes: readonly { pattern: RegExp; names: readonly string[]; path: string }[];
  readonly #ajv = new Ajv({ allErrors: true, strict: false, coerceTypes: false });
  readonly #coercing = new Ajv({ allErrors: true, strict: false, coerceTypes: "array" });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(file = new SchemaFile()) {
    this.#file = file;
    for (const ajv of [this.#ajv, this.#coercing]) {
      addFormats(ajv);
      ajv.addFormat("binary", true);
    }
    // A literal segment is preferred to a parameter, such as default_settings to {uuid}.
    this.#routes = [...file.paths].sort(literalFirst).map((path) => {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
      return { pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`), names, path };
    });
  }

  match(method: string, path: string): Match | undefined {
    const short = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : path;
    for (const route of this.#routes) {
      const found = route.pattern.exec(short);
      const operation = found && this.#file.operations(route.path)[method.toLowerCase()];
      if (!operation) continue;
      const params: Record<string, string> = {};
      route.names.forEach((name, index) => (params[name] = decode(found[index + 1] ?? "")));
      return { operation, params };
    }
    return undefined;
  }

  validateRequest(method: string, path: string, query = "", body?: unknown): string[] {
    const match = this.match(method, path);
    if (!match) return [`${method} ${path} is not in the schema`];
    const parameters = this.#parameters(match.operation);
    const problems = this.#values("path", parameters, match.params);
    problems.push(...this.#values("query", parameters, queryValues(query, parameters)));
    const { requestBody } = match.operation;
    const schema = requestBody?.content?.["application/json"]?.schema;
    if (body === undefined) {
      if (requestBody?.required) problems.push("body is missing");
    } else if (schema) problems.push(...this.#check("body", schema, body));
    else problems.push("body is not expected");
    return problems;
  }

  validateResponse(method: string, path: string, status: number, body?: unknown): string[] {
    const match = this.match(method, path);
    const listed = match?.operation.responses[String(status)];
    if (!listed && status < 400) return [`status ${status} is not in the schema`];
    const response = listed && "$ref" in listed ? this.#file.component(listed.$ref) : listed;
    const schema = response ? jsonOf(response) : GENERIC;
    if (!schema) return body === undefined ? [] : ["response is not expected to have a body"];
    return this.#check("response", schema, body);
  }

  #parameters(operation: Operation): Parameter[] {
    return (operation.parameters ?? []).map((each) =>
      "$ref" in each ? (this.#file.component(each.$ref) as Parameter) : each,
    );
  }

  #values(where: "path" | "query", all: readonly Parameter[], values: Record<string, unknown>) {
    const parameters = all.filter((each) => each.in === where);
    const schema = {
      type: "object",
      properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
      required: parameters.filter(({ required }) => required).map(({ name }) => name),
    };
    return this.#check(where, schema, { ...values }, this.#coercing);
  }

  #check(where: string, schema: Schema, value: unknown, ajv = this.#ajv): string[] {
    const validate = this.#compile(schema, ajv);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const extra = (params as { additionalProperty?: string }).additionalProperty;
      return `${where}${instancePath} ${message}${extra ? ` (${extra})` : ""}`;
    });
  }

  #compile(schema: Schema, ajv: Ajv): ValidateFunction {
    const key = `${ajv === this.#ajv ? "json" : "text"} ${JSON.stringify(schema)}`;
    const known = this.#compiled.get(key);
    if (known) return known;
    this.#addReferences(schema, ajv);
    const validate = ajv.compile(toJsonSchema(schema));
    this.#compiled.set(key, validate);
    return validate;
  }

  /** Makes known to the checker what a schema refers to, directly or not. */
  #addReferences(schema: Schema, ajv: Ajv): void {
    for (const [, ref = ""] of JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)) {
      if (ajv.schemas[ref]) continue;
      const component = this.#file.component(ref) as Schema;
      ajv.addSchema(toJsonSchema(component), ref);
      this.#addReferences(component, ajv);
    }
  }
}

const jsonOf = ({ content }: Content): Schema | undefined => content?.["application/json"]?.schema;

const literalFirst = (a: string, b: string): number =>
  a.split("{").length - b.split("{").length || a.localeCompare(b);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function queryValues(query: string, parameters: readonly Parameter[]): Record<string, unknown> {
  const search = new URLSearchParams(query);
  const values: Record<string, unknown> = {};
  for (const name of new Set(search.keys())) {
    const list = parameters.find((each) => each.name === name)?.schema.type === "array";
    const all = search.getAll(name);
    values[name] = list ? all : all.at(-1);
  }
  return values;
}
