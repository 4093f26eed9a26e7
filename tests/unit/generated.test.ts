import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { privileges } from "../../components/proxmox/privileges";
import { generated } from "../../manifest/cli";
import { type JsonSchema, jsonSchema } from "../../manifest/jsonSchema";
import { toMermaid, toSvg } from "../../manifest/drawing";
import { loadManifest } from "../../manifest/load";
import { load } from "./fixtures";

describe("generated files", () => {
  for (const file of ["manifest/schema.json", "docs/manifest.md"]) {
    it(`${file} is current (else: npm run manifest -- schema)`, async () => {
      assert.equal(existsSync(file) && readFileSync(file, "utf8"), (await generated())[file]);
    });
  }

  it("every key has a title and a description, and one that follows from others an example", () => {
    const lacking = (schema: JsonSchema, path: string): string[] =>
      [...Object.entries(schema.properties ?? {})].flatMap(([key, inner]) => [
        ...(inner.title && inner.description ? [] : [`${path}${key}`]),
        ...(/Derived/.test(inner.description ?? "") && !inner.examples ? [`${path}${key}`] : []),
        ...lacking(inner, `${path}${key}.`),
        ...[inner.additionalProperties, ...(inner.anyOf ?? [])].flatMap((each) =>
          typeof each === "object" ? lacking(each, `${path}${key}.*.`) : [],
        ),
      ]);
    assert.deepEqual(lacking(jsonSchema(), ""), []);
  });

  it("docs/graph.svg is current (else: npm run manifest -- graph --output docs)", () => {
    const { manifest } = loadManifest("manifest/nixmox.toml");
    assert.equal(readFileSync("docs/graph.svg", "utf8"), toSvg(manifest));
    assert.equal(readFileSync("docs/graph.mmd", "utf8"), toMermaid(manifest));
    assert.match(readFileSync("README.md", "utf8"), /\(docs\/graph\.svg\)/);
  });
});

describe("README", () => {
  it("gives the API token's role the privileges that are asked for", () => {
    const role = /pveum role add NixMox --privs "(.*)"/.exec(
      readFileSync("README.md", "utf8"),
    )?.[1];
    assert.deepEqual(role?.split(" "), [...privileges]);
  });
});

describe("drawing", () => {
  const text = Array.from({ length: 12 }, (_, i) => {
    const uses = i > 3 ? `depends_on = ["app${i % 4}"]` : "";
    return `[services.app${i}]\nip = "192.168.99.${30 + i}"\n${uses}\n`;
  }).join("");
  const head = `[network]\ndomain = "nixmox.lan"\nnetwork_cidr = "192.168.99.0/24"\ngateway = "192.168.99.1"\n`;
  const { manifest } = load(
    `${head}${text}[core_services.dns]\nip = "192.168.99.3"\n[services.off]\nip = "192.168.99.9"\nenable = false\n`,
  );

  it("shows every service once, in its wave", () => {
    const svg = toSvg(manifest);
    for (const { name } of manifest.services) assert.equal(svg.split(`>${name}<`).length, 2, name);
    assert.match(svg, />wave 2</);
    assert.match(svg, />disabled</);
    assert.match(svg, /stroke-dasharray[^>]*\/><text[^>]*>off</);
  });

  it("draws boxes that do not overlap", () => {
    const boxes = [
      ...toSvg(manifest).matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" rx/g),
    ].map((match) => match.slice(1).map(Number) as [number, number, number, number]);
    assert.equal(boxes.length, manifest.services.length + 1);
    boxes.forEach(([x, y, width, height], i) => {
      for (const [ox, oy] of boxes.slice(i + 1)) {
        assert.ok(Math.abs(ox - x) >= width || Math.abs(oy - y) >= height);
      }
    });
  });

  it("sets core services apart in Mermaid", () => {
    assert.match(
      toMermaid(manifest),
      /subgraph core\["core services"\]\n {4}dns\["dns"\]\n {2}end/,
    );
  });
});
