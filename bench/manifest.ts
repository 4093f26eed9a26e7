import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { deploySteps } from "../manifest/graph/order";
import { loadManifest } from "../manifest/load";
import { manifests, toToml } from "../tests/unit/arbitraries";

const sizes = [10, 100, 1000];

/** Load, check and order manifests of growing size, compared with the cost of importing Pulumi. */
export function manifestBench(): void {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-bench-"));
  try {
    const times = sizes.map((size) => {
      const file = join(folder, `${size}.toml`);
      const [draft] = fc.sample(manifests(size, size), { numRuns: 1, seed: 1 });
      writeFileSync(file, toToml(draft));
      return median(() => deploySteps(loadManifest(file).manifest));
    });
    const pulumi = median(importPulumi);
    sizes.forEach((size, i) => {
      const ratio = times[i]! / pulumi;
      console.log(
        `${String(size).padStart(5)} services: ${times[i]!.toFixed(1)} ms, ${ratio.toFixed(2)} of importing @pulumi/pulumi`,
      );
    });
    console.log(`growth: n^${exponent(sizes, times).toFixed(2)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The median of five runs, in milliseconds. */
function median(run: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now();
    const measured = run();
    return typeof measured === "number" ? measured : performance.now() - began;
  });
  return times.sort((a, b) => a - b)[2]!;
}

/** What a fresh Node takes to import the Pulumi SDK, by its own clock. */
function importPulumi(): number {
  const script =
    'const b = performance.now(); require("@pulumi/pulumi"); console.log(performance.now() - b)';
  return Number(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }));
}

/** The slope of a line through the points, both axes logarithmic. */
function exponent(xs: readonly number[], ys: readonly number[]): number {
  const [lx, ly] = [xs.map(Math.log), ys.map(Math.log)];
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b) / list.length;
  const [mx, my] = [mean(lx), mean(ly)];
  const over = lx.reduce((sum, x, i) => sum + (x - mx) * (ly[i]! - my), 0);
  return over / lx.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}
