import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PackageSchema, PropertySpec } from "../schema";

/**
 * The typed classes and functions of the provider's schema, as files by name. `cli.ts` beside this
 * file writes and formats them; a test finds stale ones.
 */
export function generateSdk(schema: PackageSchema): Record<string, string> {
  const bodies: Record<string, string> = { provider: providerClass(schema) };
  for (const token of Object.keys(schema.resources)) {
    bodies[moduleOf(token)] = resource(schema, token);
  }
  for (const token of Object.keys(schema.functions)) {
    bodies[moduleOf(token)] = lookUp(schema, token);
  }
  const modules = Object.keys(bodies).sort();
  bodies.index = modules.map((module) => `export * from "./${module}";`).join("\n");
  const files = Object.entries(bodies).map(([module, body]) => [
    `${module}.ts`,
    `${NOTICE}\n${body}`,
  ]);
  return Object.fromEntries(files) as Record<string, string>;
}

const NOTICE = "// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.";

/** The folder that schema and SDK are in. */
export const providerFolder = join(__dirname, "..");

export function readSchema(): PackageSchema {
  return JSON.parse(readFileSync(join(providerFolder, "schema.json"), "utf8")) as PackageSchema;
}

const moduleOf = (token: string): string => token.split(/[:/]/)[2] ?? "";
const classOf = (token: string): string => token.split(":")[2] ?? "";

function typeOf(schema: PackageSchema, spec: PropertySpec, wrap: (type: string) => string): string {
  if (spec.$ref) {
    const name = spec.$ref.replace("#/types/", "");
    return `{ ${members(schema, schema.types[name]?.properties ?? {}, [], (type) => type, true)} }`;
  }
  if (spec.items) return `readonly ${wrap(typeOf(schema, spec.items, wrap))}[]`;
  if (spec.additionalProperties) {
    return `{ readonly [key: string]: ${wrap(typeOf(schema, spec.additionalProperties, wrap))} }`;
  }
  return spec.type === "integer" ? "number" : (spec.type ?? "unknown");
}

const input = (type: string): string => `pulumi.Input<${type}>`;

function members(
  schema: PackageSchema,
  properties: Record<string, PropertySpec>,
  required: readonly string[],
  wrap: (type: string) => string,
  all = false,
): string {
  return Object.entries(properties)
    .map(([name, spec]) => {
      const optional = all || required.includes(name) ? "" : "?";
      return `${comment(spec)}readonly ${name}${optional}: ${wrap(typeOf(schema, spec, wrap))};`;
    })
    .join("\n");
}

function comment(spec: PropertySpec): string {
  const parts = [spec.description ?? ""];
  if (spec.default !== undefined) parts.push(`@default ${JSON.stringify(spec.default)}`);
  const lines = parts.filter(Boolean);
  if (lines.length === 0) return "";
  return lines.length === 1 ? `/** ${lines[0]} */\n` : `/**\n * ${lines.join("\n * ")}\n */\n`;
}

function resource(schema: PackageSchema, token: string): string {
  const spec = schema.resources[token];
  if (!spec) throw new Error(`Unable to generate ${token}: the schema has no such resource.`);
  const name = classOf(token);
  const outputs = Object.entries(spec.properties).map(([key, property]) => {
    const type = typeOf(schema, property, (inner) => inner);
    const optional = spec.required?.includes(key) ? "" : " | undefined";
    return `${comment(property)}declare readonly ${key}: pulumi.Output<${type}${optional}>;`;
  });
  const needsArgs = (spec.requiredInputs ?? []).length > 0;
  const secrets = Object.keys(spec.properties).filter((key) => spec.properties[key]?.secret);
  const sealed = Object.keys(spec.inputProperties).filter((k) => spec.inputProperties[k]?.secret);
  return `
    import * as pulumi from "@pulumi/pulumi";
    import { prepare } from "./prepare";

    export interface ${name}Args {
      ${members(schema, spec.inputProperties, spec.requiredInputs ?? [], input)}
    }

    /** ${spec.description} */
    export class ${name} extends pulumi.CustomResource {
      static readonly type = "${token}";

      ${outputs.join("\n")}

      constructor(name: string, args${needsArgs ? "" : "?"}: ${name}Args, opts?: pulumi.CustomResourceOptions) {
        const prepared = prepare(
          args,
          ${JSON.stringify(Object.keys(spec.properties))},
          { inputs: ${JSON.stringify(sealed)}, outputs: ${JSON.stringify(secrets)} },
          opts,
        );
        super(${name}.type, name, prepared.inputs, prepared.opts);
      }

      /** An object that exists, by its id in the API. */
      static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): ${name} {
        return new ${name}(name, {}${needsArgs ? ` as ${name}Args` : ""}, { ...opts, id });
      }
    }`;
}

function lookUp(schema: PackageSchema, token: string): string {
  const spec = schema.functions[token];
  if (!spec) throw new Error(`Unable to generate ${token}: the schema has no such function.`);
  const name = classOf(token);
  const pascal = name[0]?.toUpperCase() + name.slice(1);
  const { inputs, outputs } = spec;
  return `
    import * as pulumi from "@pulumi/pulumi";

    export interface ${pascal}Args {
      ${members(schema, inputs.properties, inputs.required ?? [], (type) => type)}
    }

    export interface ${pascal}OutputArgs {
      ${members(schema, inputs.properties, inputs.required ?? [], input)}
    }

    export interface ${pascal}Result {
      ${members(schema, outputs.properties, outputs.required ?? [], (type) => type)}
    }

    /** ${spec.description} */
    export function ${name}(args: ${pascal}Args, opts?: pulumi.InvokeOptions): Promise<${pascal}Result> {
      return pulumi.runtime.invoke("${token}", { ...args }, opts) as Promise<${pascal}Result>;
    }

    /** ${spec.description} Waits for its arguments, and is unknown while they are. */
    export function ${name}Output(
      args: ${pascal}OutputArgs,
      opts?: pulumi.InvokeOutputOptions,
    ): pulumi.Output<${pascal}Result> {
      return pulumi.runtime.invokeOutput("${token}", { ...args }, opts);
    }`;
}

function providerClass(schema: PackageSchema): string {
  const { inputProperties, requiredInputs } = schema.provider;
  return `
    import * as pulumi from "@pulumi/pulumi";

    export interface ProviderArgs {
      ${members(schema, inputProperties, requiredInputs ?? [], input)}
    }

    /** ${schema.provider.description} */
    export class Provider extends pulumi.ProviderResource {
      constructor(name: string, args: ProviderArgs, opts?: pulumi.ResourceOptions) {
        const inputs: pulumi.Inputs = {
          url: args.url,
          token: pulumi.secret(args.token),
          // The engine wants what is no string as JSON.
          insecure: json(args.insecure),
          headers: args.headers === undefined ? undefined : pulumi.secret(json(args.headers)),
        };
        super("${schema.name}", name, inputs, opts);
      }
    }

    const json = (value: unknown) =>
      value === undefined ? undefined : pulumi.jsonStringify(value);`;
}
