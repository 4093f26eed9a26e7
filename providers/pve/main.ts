import { readFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "../plugin/start";
import { PveProvider } from "./provider";

start(new PveProvider(), readFileSync(join(__dirname, "schema.json"), "utf8"));
