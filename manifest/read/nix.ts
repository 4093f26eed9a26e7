import { execFileSync } from "node:child_process";
import { ManifestError } from "../issue";
import { maxBytes, type Source } from "./source";

/** Has Nix evaluate a file. */
export function readNix(file: string): Source {
  try {
    const json = execFileSync("nix-instantiate", ["--eval", "--strict", "--json", file], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
      maxBuffer: maxBytes,
    });
    return { file, data: JSON.parse(json) as unknown, locate: () => undefined };
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    const missing = code === "ENOENT";
    const message = missing
      ? "nix-instantiate, which reads Nix files, is not installed. Install Nix (Debian: " +
        "`apt-get install nix-bin`) or write the manifest as TOML"
      : `nix-instantiate: ${(stderr ?? String(error)).trim()}`;
    const issue = { code: missing ? "unreadable" : "syntax", path: [], message } as const;
    throw new ManifestError(file, [issue]);
  }
}
