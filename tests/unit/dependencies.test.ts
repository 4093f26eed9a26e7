import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "mocha";
import ts from "typescript";

const project = join(__dirname, "..", "..");

/** The parts of the project, each with a package.json, and which of their files users run. */
const packages: Record<string, readonly string[]> = {
  ".": [
    "index.ts",
    "program.ts",
    "settings.ts",
    "settings/",
    "cli/",
    "components/",
    "manifest/",
    "providers/",
  ],
  lab: ["lab/"],
  toolchain: ["toolchain/"],
};

/** What is used by name and never imported: it runs the program, or a file of it is read. */
const named = ["tsx", "typescript", "@goauthentik/api"];

const sources = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: project,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file.endsWith(".ts"));

function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(project, file), "utf8"));
  return importedFiles.map(({ fileName }) => fileName);
}

/** The npm package of an import; none for Node's own modules and the project's own files. */
function packageOf(name: string): string[] {
  if (name.startsWith(".") || name.startsWith("node:")) return [];
  const parts = name.split("/").slice(0, name.startsWith("@") ? 2 : 1);
  return builtinModules.includes(parts[0]!) ? [] : [parts.join("/")];
}

const filesOf = (folder: string) =>
  sources.filter((file) => packages[folder]!.some((prefix) => file.startsWith(prefix)));

describe("the dependencies", () => {
  const declared = (folder: string) => {
    const text = readFileSync(join(project, folder, "package.json"), "utf8");
    return Object.keys((JSON.parse(text) as { dependencies: object }).dependencies);
  };
  const imported = (folder: string) => [
    ...new Set(filesOf(folder).flatMap(importsOf).flatMap(packageOf)),
  ];

  for (const folder of Object.keys(packages)) {
    it(`of ${folder === "." ? "the product" : folder} have all that its code imports`, () => {
      const names = imported(folder);
      assert.notEqual(names.length, 0);
      assert.deepEqual(
        names.filter((name) => !declared(folder).includes(name)),
        [],
      );
    });

    it(`of ${folder === "." ? "the product" : folder} have nothing else`, () => {
      const wanted = [...imported(folder), ...named];
      assert.deepEqual(
        declared(folder).filter((name) => !wanted.includes(name)),
        [],
      );
    });
  }

  it("of the product and the toolchain do not lead into the lab", () => {
    const targets = [...filesOf("."), ...filesOf("toolchain")].flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith("."))
        .map((name) => `${file} imports ${normalize(join(dirname(file), name))}`),
    );
    assert.notEqual(targets.length, 0);
    assert.deepEqual(
      targets.filter((line) => / imports (lab|tests|bench)\//.test(line)),
      [],
    );
  });
});
