import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateSdk, readSchema } from "./generate";

/** Writes the SDK: `npx tsx providers/authentik/sdk/cli.ts`. */
async function main(): Promise<void> {
  const files = await generateSdk(readSchema());
  for (const [name, text] of Object.entries(files)) writeFileSync(join(__dirname, name), text);
}

void main();
