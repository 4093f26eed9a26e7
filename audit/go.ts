import { join } from "node:path";
import { execa, type Options } from "execa";
import { goEnvironment } from "../toolchain/build";
import { project } from "./outcome";

/** How to run Go in one of the modules, with the lock files of another checkout if that is wanted. */
export function goOptions(folder: string, locks: string) {
  const flags = "-mod=readonly -buildvcs=false";
  const modfile = locks === project ? "" : ` -modfile=${join(locks, folder, "go.mod")}`;
  const env = { ...goEnvironment, GOFLAGS: flags + modfile };
  return { cwd: join(project, folder), env, reject: false } as const satisfies Options;
}

/** Runs Go. A failure, also to start it, is part of the result. */
export async function runGo(args: readonly string[], options: ReturnType<typeof goOptions>) {
  const { failed, exitCode, stdout, stderr, shortMessage = "" } = await execa("go", args, options);
  return { failed, exitCode, stdout: stdout ?? "", stderr: stderr || shortMessage };
}
