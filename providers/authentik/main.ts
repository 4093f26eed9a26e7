import { readFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "../plugin/start";
import { AuthentikProvider } from "./provider";
import type { PackageSchema } from "./schema";

const text = readFileSync(join(__dirname, "schema.json"), "utf8");

start(new AuthentikProvider(JSON.parse(text) as PackageSchema), text);
