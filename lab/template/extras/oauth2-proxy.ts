import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildGoProgram } from "../goProgram";
import { identify } from "../identify";
import type { Extra } from "./extra";

const MODULE = "github.com/oauth2-proxy/oauth2-proxy/v7";
const VERSION = "v7.15.6";
const source = join(__dirname, "..", "oauth2-proxy");

/** oauth2-proxy is in no Debian release; its Go module is published. */
export const oauth2Proxy: Extra = {
  name: "oauth2-proxy",
  title: `oauth2-proxy ${VERSION}`,
  id: () => identify(VERSION, readFileSync(join(source, "go.sum"), "utf8")),
  async build(dir) {
    mkdirSync(join(dir, "bin"));
    const variable = `${MODULE}/pkg/version.VERSION`;
    const program = { title: "oauth2-proxy", module: MODULE, version: VERSION, source, variable };
    await buildGoProgram(program, join(dir, "bin", "oauth2-proxy"));
  },
};
