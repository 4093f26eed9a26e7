import assert from "node:assert/strict";
import { after, before, describe } from "mocha";
import type { Additions, Homelab } from "../homelab/homelab";
import { databases } from "./databases";
import { directory } from "./directory";
import { dns } from "./dns";
import { externalRoutes } from "./externalRoutes";
import { media } from "./media";
import { mail } from "./mail";
import { monitoring } from "./monitoring";
import { networks } from "./networks";
import { ports } from "./ports";
import { proxy } from "./proxy";
import { reach } from "./reach";
import { secrecy } from "./secrecy";
import { secrets } from "./secrets";
import type { SitePart } from "./part";
import { volumes } from "./volumes";

/** All subjects; they share one deployment. */
export const parts: readonly SitePart[] = [
  // First: other parts change whom ports are opened to.
  reach,
  databases,
  externalRoutes,
  secrets,
  media,
  proxy,
  volumes,
  dns,
  networks,
  ports,
  directory,
  mail,
  monitoring,
  secrecy,
];

/** The shipped homelab, grown: more networks, devices, services and settings, in one deployment. */
export function describeSite(lab: () => Homelab): void {
  describe("a grown homelab", () => {
    before(async () => {
      for (const { prepare } of parts) await prepare?.(lab());
      await lab().deploy(additionsOf(parts));
    });
    after(async () => {
      for (const { restore } of parts) await restore?.(lab());
    });

    for (const { name, describe: declare } of parts) describe(name, () => declare(lab));
  });
}

/** What several parts add together. A host has the Nix files of all parts that give it one. */
export function additionsOf(parts: readonly SitePart[]): Additions {
  const text = (key: "network" | "manifest") =>
    parts.map((part) => (part[key] === undefined ? "" : `${part[key]}\n`)).join("");
  return {
    network: text("network"),
    manifest: text("manifest"),
    hosts: collect(parts, "hosts", (_, modules) => imports(modules)),
    settings: collect(parts, "settings", (key, [value, ...others], names) => {
      assert.equal(others.length, 0, `${names.join(" and ")} both have the setting ${key}`);
      return value!;
    }),
  };
}

/** One entry for each key that any part has, from what all of them have there. */
function collect(
  parts: readonly SitePart[],
  kind: "hosts" | "settings",
  join: (key: string, values: readonly string[], names: readonly string[]) => string,
): Record<string, string> {
  const keys = new Set(parts.flatMap((part) => Object.keys(part[kind] ?? {})));
  const entries = [...keys].map((key) => {
    const those = parts.filter((part) => part[kind]?.[key] !== undefined);
    const values = those.map((part) => part[kind]![key]!);
    return [
      key,
      join(
        key,
        values,
        those.map(({ name }) => name),
      ),
    ] as const;
  });
  return Object.fromEntries(entries);
}

/** A module of several, each as its file has it. */
function imports(modules: readonly string[]): string {
  return `{ imports = [\n${modules.map((module) => `(${module})\n`).join("")}]; }\n`;
}
