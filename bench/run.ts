import { runMain } from "../cli/command";
import { manifestBench } from "./manifest";
import { previewBench } from "./preview";

/** `npm run bench -- manifest`: measures a claim, as ratios within one run. */
const benches: Record<string, () => void | Promise<void>> = {
  manifest: manifestBench,
  preview: previewBench,
};

async function run(wanted: readonly string[]): Promise<void> {
  for (const name of wanted.length > 0 ? wanted : Object.keys(benches)) {
    const bench = benches[name];
    if (!bench) {
      const names = Object.keys(benches).join(", ");
      throw new Error(`Unable to run bench ${name}: there are ${names}.`);
    }
    await bench();
  }
}

runMain(run(process.argv.slice(2)));
