import { manifestBench } from "./manifest";

/** `npm run bench -- manifest`: measures a claim, as ratios within one run. */
const benches: Record<string, () => void> = { manifest: manifestBench };

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(benches)) {
  const bench = benches[name];
  if (!bench) {
    console.error(`Unable to run bench ${name}: there are ${Object.keys(benches).join(", ")}.`);
    process.exit(1);
  }
  bench();
}
