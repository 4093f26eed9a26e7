import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "../../run";
import { buildGoProgram } from "../goProgram";
import type { Extra } from "./extra";

const MODULE = "code.gitea.io/gitea";
const VERSION = "v1.24.0";
const source = join(__dirname, "..", "gitea");

/** What Gitea reads beside itself. Its stylesheets and scripts are built from these, but not here. */
const DATA = ["options", "public", "templates"];

/**
 * Gitea, which the lab runs in Forgejo's place: of the two, it is the one whose Go module is
 * published.
 */
export const gitea: Extra = {
  name: "gitea",
  title: `Gitea ${VERSION} (several minutes)`,
  id: () =>
    createHash("sha256")
      .update(readFileSync(join(source, "go.sum")))
      .digest("hex")
      .slice(0, 16),
  async build(dir) {
    const bin = join(dir, "bin");
    mkdirSync(bin);
    const program = { title: "Gitea", version: VERSION, source, variable: "main.Version" };
    await buildGoProgram({ ...program, module: MODULE }, join(bin, "gitea"));
    const tool = `${MODULE}/contrib/environment-to-ini`;
    await buildGoProgram({ ...program, module: tool }, join(bin, "environment-to-ini"));
    const list = ["list", "-m", "-f", "{{.Dir}}", MODULE];
    const env = { ...process.env, HOME: homedir(), GOFLAGS: "-mod=readonly" };
    const { stdout } = await run("go", list, { env, cwd: source });
    for (const folder of DATA) {
      cpSync(join(stdout.trim(), folder), join(dir, "data", folder), { recursive: true });
    }
  },
};
