import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";

const document = readFileSync("docs/security.md", "utf8").replaceAll(/ *\n(?! *[\n|#-])/g, " ");

/** Which tests the threat model names: a file or a folder, and titles in it. */
const named = document.split("\n").flatMap((line) =>
  line
    .split("|")
    .flatMap((cell) => cell.split(/(?=`tests\/)/))
    .flatMap((part) => {
      const path = /^`(tests\/[^`]+)`/.exec(part)?.[1];
      if (path === undefined) return [];
      const titles = [...part.matchAll(/(?<!\w)_([^_]+)_(?!\w)/g)];
      return [{ path, titles: titles.map(([, title]) => title!) }];
    }),
);

/** The text of a test's file, or of all of a folder's. */
function sourceOf(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, "utf8");
  return readdirSync(path)
    .map((name) => sourceOf(join(path, name)))
    .join("\n");
}

const titleOf = /\b(?:it|describe)\(\s*(?:"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/g;

const escape = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * Whether a test has this title. What a template fills in must be in the same file, or be `…`,
 * which stands for all of it.
 */
function has(source: string, title: string): boolean {
  return [...source.matchAll(titleOf)].some(([, plain, template]) => {
    if (template === undefined) return plain === title;
    const fixed = template.split(/\$\{[^}]*\}/);
    const filled = new RegExp(`^${fixed.map(escape).join("(.+)")}$`, "s").exec(title);
    return filled?.slice(1).every((each) => each === "…" || source.includes(each)) ?? false;
  });
}

describe("docs/security.md", () => {
  it("names tests", () => {
    assert.ok(named.flatMap(({ titles }) => titles).length > 70);
  });

  it("names only tests that there are", () => {
    const missing = named.flatMap(({ path, titles }) => {
      if (!existsSync(path)) return [path];
      const source = sourceOf(path);
      return titles.filter((title) => !has(source, title)).map((title) => `${path}: ${title}`);
    });
    assert.deepEqual(missing, []);
  });
});
