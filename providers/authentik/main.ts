import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AuthentikProvider } from "./provider";
import type { PackageSchema } from "./schema";
import { serve } from "./server";

/** How often to look whether the engine still runs, in milliseconds. */
const interval = 2000;

const text = readFileSync(join(__dirname, "schema.json"), "utf8");

serve(new AuthentikProvider(JSON.parse(text) as PackageSchema), text).then(
  // Pulumi reads the port from the first line.
  (port) => console.log(String(port)),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);

// An engine that is killed, or that ends while this starts, ends no plugin.
const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit();
}, interval);
