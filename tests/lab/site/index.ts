import { after, before, describe } from "mocha";
import type { Additions, Homelab } from "../homelab/homelab";
import { dns } from "./dns";
import { externalRoutes } from "./externalRoutes";
import { networks } from "./networks";
import { proxy } from "./proxy";
import { secrets } from "./secrets";
import type { SitePart } from "./part";
import { volumes } from "./volumes";

/** All subjects; they share one deployment. */
const parts: readonly SitePart[] = [externalRoutes, secrets, proxy, volumes, dns, networks];

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

/** What several parts add together. */
export function additionsOf(parts: readonly SitePart[]): Additions {
  const text = (key: "network" | "manifest") =>
    parts.map((part) => (part[key] === undefined ? "" : `${part[key]}\n`)).join("");
  return {
    network: text("network"),
    manifest: text("manifest"),
    hosts: Object.assign({}, ...parts.map(({ hosts }) => hosts)) as Record<string, string>,
    settings: Object.assign({}, ...parts.map(({ settings }) => settings)) as Record<string, string>,
  };
}
