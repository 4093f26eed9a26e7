import type { Provider } from "./contract";
import { serve } from "./server";

/** How often to look whether the engine still runs, in milliseconds. */
const interval = 2000;

/** Serves a provider to the engine that started this process, for as long as that runs. */
export function start(provider: Provider, schema: string): void {
  serve(provider, schema).then(
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
}
