import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { RESOURCES } from "../../../providers/authentik/resources";
import type { PropertySpec, ResourceSpec } from "../../../providers/authentik/schema";
import { generateSdk, providerFolder } from "../../../providers/authentik/sdk/generate";
import { schema } from "./harness";

interface Fact {
  readonly type?: string;
  readonly items?: { readonly type?: string };
  readonly required: boolean;
  readonly secret?: boolean;
  readonly default?: string;
  readonly enum?: readonly string[];
}
type Facts = Record<string, { inputs: Record<string, Fact>; outputs: Record<string, Fact> }>;

const published = JSON.parse(readFileSync(join(__dirname, "published.json"), "utf8")) as {
  resources: Facts;
  functions: Facts;
};
const PROVIDER = "pulumi:providers:authentik";

/** What this provider adds to the published package of 2025.8.1, and nothing else. */
const ADDED = {
  // Of the official provider's 2025.12.
  resources: ["authentik:index/outpostProviderAttachment:OutpostProviderAttachment"],
  functions: ["authentik:index/getOutpost:getOutpost"],
  // Nowhere else: the key of a token can be chosen.
  inputs: ["authentik:index/token:Token key"],
};

describe("the schema of Authentik's provider", () => {
  it("has the tokens of the published package, and few of its own", () => {
    const tokens = Object.keys(published.resources).filter((token) => token !== PROVIDER);
    assert.deepEqual(Object.keys(schema.resources).sort(), [...tokens, ...ADDED.resources].sort());
    const functions = [...Object.keys(published.functions), ...ADDED.functions];
    assert.deepEqual(Object.keys(schema.functions).sort(), functions.sort());
    assert.deepEqual(Object.keys(RESOURCES).sort(), Object.keys(schema.resources).sort());
  });

  const compare = (
    where: string,
    ours: Readonly<Record<string, PropertySpec>>,
    required: readonly string[],
    facts: Record<string, Fact>,
  ) => {
    const added = ADDED.inputs.filter((each) => each.startsWith(`${where} `));
    const expected = [...Object.keys(facts), ...added.map((each) => each.split(" ")[1] ?? "")];
    assert.deepEqual(Object.keys(ours).sort(), expected.sort(), where);
    for (const [name, fact] of Object.entries(facts)) {
      const spec = ours[name];
      const label = `${where} ${name}`;
      assert.equal(spec?.type, fact.type, label);
      if (fact.items?.type) assert.deepEqual(spec?.items, fact.items, label);
      assert.equal(required.includes(name), fact.required, `${label} is required`);
      if (fact.secret) assert.equal(spec?.secret, true, `${label} is secret`);
    }
  };

  for (const [token, { inputs, outputs }] of Object.entries(published.resources)) {
    if (token === PROVIDER) continue;
    it(`${token.split(":")[2]} has the published properties, types, secrets and defaults`, () => {
      const spec: ResourceSpec | undefined = schema.resources[token];
      assert.ok(spec);
      compare(token, spec.inputProperties, spec.requiredInputs ?? [], inputs);
      compare(`${token} output`, spec.properties, spec.required ?? [], outputs);
      for (const [name, fact] of Object.entries(inputs)) {
        const value: PropertySpec["default"] = spec.inputProperties[name]?.default;
        // The published package says nothing of this one, and sends what Authentik takes anyway.
        if (name === "subMode") continue;
        assert.equal(value === undefined ? undefined : String(value), fact.default, name);
        const values = RESOURCES[token]?.values?.[name];
        if (fact.enum) assert.deepEqual(values, fact.enum, name);
      }
    });
  }

  for (const [token, { inputs, outputs }] of Object.entries(published.functions)) {
    it(`${token.split(":")[1]} has the published arguments and results`, () => {
      const spec = schema.functions[token];
      assert.ok(spec);
      compare(token, spec.inputs.properties, spec.inputs.required ?? [], inputs);
      compare(`${token} output`, spec.outputs.properties, spec.outputs.required ?? [], outputs);
    });
  }

  it("has the published configuration", () => {
    const { inputProperties, requiredInputs = [] } = schema.provider;
    const facts = published.resources[PROVIDER]?.inputs ?? {};
    compare(PROVIDER, inputProperties, requiredInputs, facts);
  });

  it("the table names no property that the schema lacks", () => {
    for (const [token, row] of Object.entries(RESOURCES)) {
      const spec = schema.resources[token];
      const { names = {}, nullable = [], computed = [], json = [], dates = [], apart = [] } = row;
      const all = [...Object.keys(names), ...nullable, ...computed, ...json, ...dates, ...apart];
      for (const name of all) assert.ok(spec?.properties[name], `${token} ${name}`);
    }
  });

  it("has classes that were generated from it", async () => {
    const folder = join(providerFolder, "sdk");
    const own = ["cli.ts", "generate.ts", "prepare.ts"];
    const files = generateSdk(schema);
    const present = readdirSync(folder).filter((name) => !own.includes(name));
    assert.deepEqual(present.sort(), Object.keys(files).sort());
    for (const [name, text] of Object.entries(files)) {
      const formatted = await format(text, { parser: "typescript", printWidth: 100 });
      assert.equal(readFileSync(join(folder, name), "utf8"), formatted, name);
    }
  });
});
