import { homedir } from "node:os";
import { LabError } from "../errors";
import { run, type CommandError } from "../run";

/** A program that its authors publish as a Go module. */
export interface GoProgram {
  readonly title: string;
  readonly module: string;
  /** With its leading `v`. */
  readonly version: string;
  /** Folder with the `go.mod` and `go.sum` that pin everything it is built from. */
  readonly source: string;
  /** Variable that the linker sets to the version. */
  readonly variable: string;
}

/** Builds a program from its published module, checked against go.sum. */
export async function buildGoProgram(program: GoProgram, file: string): Promise<void> {
  const { title, module, version, source, variable } = program;
  const ldflags = `-s -w -X ${variable}=${version.slice(1)}`;
  const args = ["build", "-trimpath", `-ldflags=${ldflags}`, "-o", file, module];
  const env = { ...process.env, HOME: homedir(), CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" };
  await run("go", args, { env, cwd: source }).catch((error: CommandError) => {
    throw new LabError(
      `Unable to build ${title} ${version}: ${error.message}. ` +
        "Check that Go is installed and reaches its module proxy (`go env GOPROXY`).",
    );
  });
}
