import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { allServices, modules, providers, refusing, slicesOf } from "./examples";
import { project } from "./nix";
import type { Slice } from "./samples";
import { factsOf, type ServiceFacts } from "./serviceFacts";

const page = join(project, "docs/services.md");

/** What the lab runs in the place of programs that no registry has. */
const inPlaceOf: Readonly<Record<string, string>> = {
  authentik: "a stand-in with its API",
  forgejo: "Gitea in its place",
};

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");

/** The first two parts of each option's name: a program's, or a part of the system. */
function optionsOf({ options }: ServiceFacts): string {
  const short = options
    .map((name) => name.split(".").slice(0, 2).join("."))
    .filter((name) => name.includes(".") && !/^(nixmox|assertions|warnings)\b/.test(name));
  return code([...new Set(short)].sort());
}

function secretsOf(slice: Slice, { credentials }: ServiceFacts): string {
  const passwords = Object.values(slice.databases).map((database) => ({
    name: "a database's password",
    path: (database as { passwordFile: string }).passwordFile,
  }));
  const own = Object.entries(slice.secrets).map(([name, secret]) => ({
    name: `\`${name}\``,
    path: (secret as { path: string }).path,
  }));
  const notes = [...passwords, ...own].map(({ name, path }) =>
    credentials.includes(path) ? name : `${name} ¹`,
  );
  return [...new Set(notes)].join(", ");
}

function signsInBy({ signIns, signOn, routes }: Slice): string {
  if (signOn !== null) return "it is the provider";
  const guarded = Object.values(routes).filter((route) => (route as { guarded: boolean }).guarded);
  return [
    ...(Object.keys(signIns).length > 0 ? ["OpenID Connect"] : []),
    ...(guarded.length > 0 ? ["the proxy"] : []),
  ].join(", ");
}

function row(name: string, slice: Slice): string {
  const facts = factsOf(name, slice);
  const folders = Object.values(facts.state).map(({ directory }) =>
    // Debian's packages have a cluster of their own beside the lab's.
    directory.replace(/\/nixos-\d+$/, "/MAJOR"),
  );
  const runs =
    facts.missing.length === 0
      ? (inPlaceOf[name] ?? "yes")
      : `no: the lab has no ${facts.missing.join(", ")}`;
  const cells = [
    `[\`${name}\`](../nixos/modules/${name}/README.md)`,
    optionsOf(facts),
    secretsOf(slice, facts),
    code(folders),
    signsInBy(slice),
    "yes",
    runs,
  ];
  return `| ${cells.join(" | ")} |`;
}

describe("docs/services.md", () => {
  const slices = new Map<string, Slice>();
  before(function () {
    this.timeout(120_000);
    for (const provider of [...providers].reverse()) {
      for (const [name, slice] of Object.entries(slicesOf(allServices(provider)))) {
        if (!refusing[provider].includes(name)) slices.set(name, slice);
      }
    }
  });

  it("says what the evaluation of all modules does (else: UPDATE_GOLDEN=1)", function () {
    this.timeout(120_000);
    const table = [
      "| Module | Options | Secrets | State | People sign in by | Evaluated | Runs |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      ...modules.map((name) => row(name, slices.get(name)!)),
    ];
    const cells = (text: string) => text.replace(/ +/g, " ").replace(/-{3,}/g, "---");
    const text = readFileSync(page, "utf8");
    const updated = text.replace(/^\|[\s\S]*\|$/m, table.join("\n"));
    if (process.env.UPDATE_GOLDEN) writeFileSync(page, updated);
    else assert.equal(cells(text), cells(updated));
  });
});
