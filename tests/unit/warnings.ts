import { createRequire } from "node:module";
import type * as pulumi from "@pulumi/pulumi";

// The SDK's own modules call it through this object.
const log = createRequire(__filename)("@pulumi/pulumi/log") as { warn: typeof pulumi.log.warn };

/** What a run warns of. */
export async function warningsOf(run: () => unknown): Promise<string[]> {
  const said: string[] = [];
  const { warn } = log;
  log.warn = (text: string) => {
    said.push(text);
    return Promise.resolve();
  };
  try {
    await run();
  } finally {
    log.warn = warn;
  }
  return said;
}
