import { existsSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../errors";
import { buildBase } from "./base";
import type { Log } from "./store";
import { buildTools } from "./tools";

/** A template's two layers, as folders in the cache. */
export interface Template {
  /** Debian with every daemon. */
  readonly base: string;
  /** The lab's nixos-rebuild. */
  readonly tools: string;
}

/** Builds the parts of the template that are not in the cache yet. */
export async function buildTemplate(log: Log): Promise<Template> {
  const base = await buildBase(log);
  return { base, tools: await buildTools() };
}

/** The folders to mount below a container's own, uppermost first. */
export function layersOf(template: Template, unprivileged: boolean): string[] {
  return [template.tools, template.base].map((dir) => {
    const layer = join(dir, unprivileged ? "shifted" : "rootfs");
    if (!existsSync(layer)) {
      throw new LabError(
        `Unable to use the template: ${layer} is gone. ` +
          "Remove the lab with `npm run lab -- destroy` and start it again.",
      );
    }
    return layer;
  });
}
