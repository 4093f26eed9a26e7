import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";

/** A JSON schema in the form of OpenAPI 3.0. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly in: "path" | "query";
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Content | { readonly $ref: string }>>;
}

/**
 * Authentik's official schema, which ships with its client. The file has 53,000 lines and takes
 * seconds to read as a whole; it is laid out regularly, so that parts are read as they are needed.
 */
export class SchemaFile {
  readonly #paths: ReadonlyMap<string, string>;
  readonly #components: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly #parsed = new Map<string, unknown>();

  constructor(file = officialFile()) {
    const top = sections(readFileSync(file, "utf8"), 0);
    this.#paths = sections(top.get("paths") ?? "", 2);
    const components = sections(top.get("components") ?? "", 2);
    this.#components = new Map(
      [...components].map(([kind, text]) => [kind, sections(text, 4)] as const),
    );
  }

  get paths(): readonly string[] {
    return [...this.#paths.keys()];
  }

  operations(path: string): Readonly<Record<string, Operation>> {
    return this.#parse(path, this.#paths.get(path)) as Record<string, Operation>;
  }

  /** What `#/components/<kind>/<name>` refers to. */
  component(ref: string): unknown {
    const [, , kind = "", name = ""] = ref.split("/");
    return this.#parse(ref, this.#components.get(kind)?.get(name));
  }

  #parse(key: string, text: string | undefined): unknown {
    if (text === undefined) throw new Error(`Unable to find ${key}: Authentik's schema lacks it.`);
    if (!this.#parsed.has(key)) this.#parsed.set(key, parse(text));
    return this.#parsed.get(key);
  }
}

function officialFile(): string {
  return join(dirname(require.resolve("@goauthentik/api/package.json")), "schema.yml");
}

/** The entries of a YAML mapping whose keys are indented by so many spaces, as text. */
function sections(text: string, indent: number): Map<string, string> {
  const key = new RegExp(`^ {${indent}}(\\S+):\\s*$`);
  const found = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split("\n")) {
    const name = key.exec(line)?.[1];
    if (name === undefined) lines.push(line);
    else found.set(name.replaceAll("'", ""), (lines = []));
  }
  return new Map([...found].map(([name, body]) => [name, body.join("\n")]));
}
