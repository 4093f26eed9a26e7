import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from "node:fs";
import { join, relative } from "node:path";
import { projectDir } from "../paths";
import { once, shift } from "./store";

const SOURCE = join(projectDir, "lab", "nixos");
const TARGET = "usr/lib/nixmox-lab/nixos";

function filesBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * The lab's own nixos-rebuild, as a thin layer above the base: it changes often, the base hardly
 * ever.
 */
export async function buildTools(): Promise<string> {
  const hash = createHash("sha256");
  for (const file of filesBelow(SOURCE))
    hash.update(`${relative(SOURCE, file)}\0`).update(readFileSync(file));
  return once("tools", hash.digest("hex").slice(0, 16), async (dir) => {
    const rootfs = join(dir, "rootfs");
    const bin = join(rootfs, "usr/local/bin");
    mkdirSync(bin, { recursive: true });
    mkdirSync(join(rootfs, "usr/lib/nixmox-lab"), { recursive: true });
    if (existsSync(SOURCE)) cpSync(SOURCE, join(rootfs, TARGET), { recursive: true });
    const commands = join(SOURCE, "bin");
    for (const name of existsSync(commands) ? readdirSync(commands) : []) {
      chmodSync(join(rootfs, TARGET, "bin", name), 0o755);
      symlinkSync(`/${TARGET}/bin/${name}`, join(bin, name));
    }
    chmodSync(dir, 0o755);
    await shift(rootfs, join(dir, "shifted"));
  });
}
