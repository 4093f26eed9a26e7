import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { before, describe, it } from "mocha";
import { grantsFor, roles } from "../../components/proxmox/privileges";
import { schemaFiles } from "../../manifest/cli";
import { type JsonSchema, jsonSchema } from "../../manifest/schema/jsonSchema";
import { toMermaid, toSvg } from "../../manifest/show/graph";
import { renderHosts } from "../../manifest/slice";
import { wavesOf } from "../../manifest/graph/order";
import { loadManifest } from "../../manifest/load";
import { load } from "./fixtures";

describe("generated files", () => {
  for (const [file, content] of Object.entries(schemaFiles())) {
    it(`${file} is current (else: npm run manifest -- schema)`, () => {
      assert.equal(existsSync(file) && readFileSync(file, "utf8"), content);
    });
  }

  it("nixos/manifest.json is current (else: npm run manifest -- resolve)", () => {
    const { manifest } = loadManifest("manifest/nixmox.toml");
    assert.equal(readFileSync("nixos/manifest.json", "utf8"), renderHosts(manifest));
  });

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

  it("docs/graph.svg is current (else: npm run manifest -- graph --output docs)", async () => {
    const { manifest } = loadManifest("manifest/nixmox.toml");
    assert.equal(readFileSync("docs/graph.svg", "utf8"), await toSvg(manifest));
    assert.equal(readFileSync("docs/graph.mmd", "utf8"), toMermaid(manifest));
    assert.match(readFileSync("README.md", "utf8"), /\(docs\/graph\.svg\)/);
  });
});

describe("README", () => {
  it("gives the API token's role exactly the required privileges", () => {
    const readme = readFileSync("README.md", "utf8");
    for (const [name, privileges] of Object.entries(roles)) {
      const role = new RegExp(`pveum role add ${name} --privs "(.*)"`).exec(readme)?.[1];
      assert.deepEqual(role?.split(" "), [...privileges]);
    }
    const given = [...readme.matchAll(/^ +grant (\S+) (\S+)( --propagate 0)?$/gm)];
    const places = {
      pool: "nixmox",
      datastores: ["local-lvm"],
      templateStorage: "local",
      bridges: ["vmbr0"],
    };
    assert.deepEqual(
      given.map(([, path, role, once]) => ({ path, role, propagate: once === undefined })),
      grantsFor(places).map(({ path, role, propagate }) => ({ path, role, propagate })),
    );
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

  let svg: string;
  before(async () => {
    svg = await toSvg(manifest);
  });

  /** The boxes by name, each as its corners: left, top, right, bottom. */
  const boxes = () =>
    new Map(
      [...svg.matchAll(/<title>([^<]*)<\/title>\n<path [^>]*d="([^"]*)"/g)]
        .filter(([, title]) => !title!.includes("&#45;&gt;"))
        .map(([, title, path]) => [title!.replaceAll("&#45;", "-"), cornersOf(path!)]),
    );

  it("shows every service once, in its wave", () => {
    const names = manifest.services.map(({ name }) => name);
    assert.deepEqual([...boxes().keys()].sort(), [...names, "off"].sort());
    assert.match(svg, />wave 2</);
    assert.match(svg, />disabled</);
    wavesOf(manifest).forEach((wave, i) => {
      const lefts = wave.map((name) => boxes().get(name)![0]);
      const later = wavesOf(manifest)[i + 1]?.map((name) => boxes().get(name)![0]) ?? [Infinity];
      assert.ok(Math.max(...lefts) < Math.min(...later), `wave ${i + 1}`);
    });
  });

  it("draws boxes that do not overlap, and no arrow through a box", () => {
    const all = [...boxes().values()];
    assert.equal(all.length, manifest.services.length + 1);
    all.forEach(([left, top, right, bottom], i) => {
      for (const [l, t, r, b] of all.slice(i + 1)) {
        assert.ok(right <= l || r <= left || bottom <= t || b <= top);
      }
    });
    const arrows = [
      ...svg.matchAll(/class="edge">\n<title>[^<]*<\/title>\n<path [^>]*d="([^"]*)"/g),
    ];
    assert.ok(arrows.length >= 8);
    for (const [, path] of arrows) {
      for (const [x, y] of pointsOf(path!)) {
        for (const [left, top, right, bottom] of all) {
          assert.ok(x <= left + 1 || x >= right - 1 || y <= top + 1 || y >= bottom - 1, path);
        }
      }
    }
  });

  it("sets core services apart in Mermaid", () => {
    assert.match(
      toMermaid(manifest),
      /subgraph core\["core services"\]\n {4}s_dns\["dns"\]\n {2}end/,
    );
  });
});

type Corners = [left: number, top: number, right: number, bottom: number];

function numbersOf(path: string): [number, number][] {
  return [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
}

function cornersOf(path: string): Corners {
  const points = numbersOf(path);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** Points along a path of cubic curves. */
function pointsOf(path: string): [number, number][] {
  const [start, ...controls] = numbersOf(path);
  const points: [number, number][] = [];
  let from = start!;
  for (let i = 0; i + 2 < controls.length; i += 3) {
    const [one, two, to] = [controls[i]!, controls[i + 1]!, controls[i + 2]!];
    for (let t = 0; t <= 1; t += 0.05) {
      const at = (k: 0 | 1) =>
        (1 - t) ** 3 * from[k] +
        3 * (1 - t) ** 2 * t * one[k] +
        3 * (1 - t) * t ** 2 * two[k] +
        t ** 3 * to[k];
      points.push([at(0), at(1)]);
    }
    from = to;
  }
  return points;
}
