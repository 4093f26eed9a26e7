import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";

/** The configuration as a stack's file has it, encrypted values as tables; empty without a file. */
export function readStackFile(file: string): Readonly<Record<string, unknown>> {
  if (!existsSync(file)) return {};
  const { config } = (parse(readFileSync(file, "utf8")) ?? {}) as { config?: object };
  return { ...config };
}
