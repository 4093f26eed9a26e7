import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../../lab/paths";

/** The same style as nixfmt's, byte for byte, from a registry that has it without Nix. */
const crate = "nixfmt_rs";
const version = "0.4.1";

const root = join(cacheDir(), `${crate}-${version}`);

const runs = (program: string) => {
  const { stdout = "" } = spawnSync(program, ["--version"], { encoding: "utf8" });
  // Before 1.0, nixfmt had another style.
  return /nixfmt(-rs \d| v?[1-9])/.test(stdout ?? "");
};

/** A nixfmt: the one on PATH, or one that cargo builds once; otherwise, why there is none. */
export function findNixfmt(): { readonly program: string } | { readonly missing: string } {
  if (runs("nixfmt")) return { program: "nixfmt" };
  const program = join(root, "bin", "nixfmt");
  if (existsSync(program)) return { program };
  const words = ["install", crate, "--version", version, "--locked", "--quiet", "--root", root];
  const { error, status, stderr } = spawnSync("cargo", words, { encoding: "utf8" });
  if (error) return { missing: "neither nixfmt nor cargo is installed" };
  if (status !== 0) return { missing: `cargo cannot install ${crate}: ${stderr.trim()}` };
  return { program };
}
