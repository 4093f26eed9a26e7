import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateSdk, readSchema } from "./generate";

/** Writes the SDK: `npx tsx providers/authentik/sdk/cli.ts`. */
for (const [name, text] of Object.entries(generateSdk(readSchema()))) {
  writeFileSync(join(__dirname, name), text);
}
execFileSync("npx", ["prettier", "--log-level", "warn", "--write", __dirname], {
  stdio: "inherit",
});
