import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AuthentikProvider } from "./provider";
import type { PackageSchema } from "./schema";
import { serve } from "./server";

const text = readFileSync(join(__dirname, "schema.json"), "utf8");

serve(new AuthentikProvider(JSON.parse(text) as PackageSchema), text).then(
  // Pulumi reads the port from the first line.
  (port) => console.log(String(port)),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
