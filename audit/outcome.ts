import { join } from "node:path";

export const project = join(__dirname, "..");

/** What an audit found, or why it could not run. */
export type Outcome =
  { readonly looked: string; readonly findings: readonly string[] } | { readonly skipped: string };

/** @param locks folder whose lock files are read */
export type Audit = (locks: string) => Promise<Outcome>;

/** The Go modules that are built, and the packages in them. */
export const goModules: Readonly<Record<string, string>> = {
  toolchain: "./...",
  "toolchain/engine": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  "lab/template/miniflux": "miniflux.app/v2",
};
