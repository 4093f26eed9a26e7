import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { execa } from "execa";
import type { Pins } from "./pins";
import { cacheRoot } from "./places";

const progressInterval = 15_000;

/** One program to build. */
interface Piece {
  readonly file: string;
  /** Folder of the Go module, below this one. */
  readonly module: string;
  readonly package: string;
  /** Variable that the linker sets to the version. */
  readonly variable: string;
  readonly version: string;
}

/** The vendor's own build settings. Checksums that cannot be looked up are in go.sum. */
export const goEnvironment = {
  CGO_ENABLED: "0",
  GOFLAGS: "-trimpath -buildvcs=false -mod=readonly -tags=osusergo,grpcnotrace",
  GONOSUMDB: "github.com/pulumi/*,github.com/bpg/*,github.com/terraform-providers/*",
};

/** Programs built from the sources in this folder, kept in a folder named after their content. */
export class Build {
  private constructor(
    private readonly pins: Pins,
    /** Identifies the sources, the versions, Go and the platform. */
    readonly id: string,
  ) {}

  static async of(pins: Pins): Promise<Build> {
    const hash = createHash("sha256");
    hash.update(
      JSON.stringify([pins, goEnvironment, await goVersion(), process.platform, process.arch]),
    );
    for (const file of sources(__dirname))
      hash.update(`\0${file}\0`).update(readFileSync(join(__dirname, file)));
    return new Build(pins, hash.digest("hex").slice(0, 12));
  }

  /** The folder of the engine and its language host. */
  get bin(): string {
    return join(cacheRoot(), this.id, "bin");
  }

  /** Whether the engine and its language host are built. */
  get hasEngine(): boolean {
    return this.engine().every(({ file }) => existsSync(file));
  }

  /** Builds the engine and its language host, unless they are built. */
  async buildEngine(report: (line: string) => void): Promise<string> {
    for (const piece of this.engine()) await make(piece, report);
    return this.bin;
  }

  /** Builds a plugin, unless it is built, and returns its file. */
  async buildPlugin(name: string, report: (line: string) => void): Promise<string> {
    const program = `pulumi-resource-${name}`;
    const version = this.pins.plugins.find((plugin) => plugin.name === name)?.version ?? "";
    const file = join(cacheRoot(), this.id, "plugins", program);
    const piece = {
      file,
      module: ".",
      package: `./cmd/${program}`,
      variable: "main.version",
      version,
    };
    await make(piece, report);
    return file;
  }

  private engine(): Piece[] {
    const variable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
    const version = `v${this.pins.pulumi}`;
    const host = "pulumi-language-nodejs";
    return [
      {
        ...{ file: join(this.bin, "pulumi"), module: "engine", variable, version },
        package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      },
      { file: join(this.bin, host), module: ".", package: `./cmd/${host}`, variable, version },
    ];
  }
}

async function goVersion(): Promise<string> {
  const args = ["env", "GOVERSION"];
  const { failed, stdout } = await execa("go", args, { cwd: __dirname, reject: false });
  return failed ? "none" : stdout;
}

/** Everything that ends up in the programs. */
function sources(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.go$|(^|\/)go\.(mod|sum)$/.test(file) && !file.endsWith("_test.go"))
    .sort();
}

async function make(piece: Piece, report: (line: string) => void): Promise<void> {
  if (existsSync(piece.file)) return;
  mkdirSync(join(piece.file, ".."), { recursive: true });
  const partial = `${piece.file}.partial`;
  await goBuild(piece, partial, report);
  renameSync(partial, piece.file);
}

async function goBuild(
  piece: Piece,
  output: string,
  report: (line: string) => void,
): Promise<void> {
  const name = basename(piece.file);
  const ldflags = `-s -w -X ${piece.variable}=${piece.version}`;
  const args = ["build", "-v", "-ldflags", ldflags, "-o", output, piece.package];
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  report(`Building ${name} ${piece.version}`);

  // With -v, Go names each package that it compiles, on standard error.
  let packages = 0;
  const count = function* (line: unknown) {
    packages++;
    yield line;
  };
  const progress = setInterval(
    () => report(`Building ${name}: ${seconds()} s, ${packages} packages so far`),
    progressInterval,
  );
  const { failed, exitCode, stderr } = await execa("go", args, {
    ...{ cwd: join(__dirname, piece.module), env: goEnvironment },
    ...{ stdin: "ignore", stderr: count },
    reject: false,
  });
  clearInterval(progress);
  if (!failed) return report(`Built ${name} in ${seconds()} s`);
  throw new Error(
    exitCode === undefined
      ? `Unable to build ${name}: Go could not be started. Install Go 1.26 or later from ` +
          "https://go.dev/dl, or Pulumi from https://www.pulumi.com/docs/install."
      : `Unable to build ${name}: go build exited with ${exitCode}. Its output ends with:\n` +
          stderr.trimEnd().split("\n").slice(-20).join("\n"),
  );
}
