import { spawn } from "node:child_process";

/** What a command printed, if it ended well. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Text for the command's standard input. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Called with each line that the command prints on either stream. */
  readonly onLine?: (line: string) => void;
}

/** A command failed or could not be started. */
export class CommandError extends Error {
  constructor(
    command: string,
    readonly code: number | string | null,
    readonly stderr: string,
  ) {
    const said = stderr.trim().split("\n").slice(-3).join("; ");
    super(`${command} ended with ${code}${said ? `: ${said}` : ""}`);
  }
}

/**
 * Runs a command without a shell and waits for its end.
 *
 * @throws {@link CommandError} if it can't be started or ends with another code than 0.
 */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: options.env ?? process.env, cwd: options.cwd });
    const printed = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      let rest = "";
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        printed[stream] += text;
        const lines = (rest + text).split(/[\r\n]+/);
        rest = lines.pop() ?? "";
        for (const line of lines) options.onLine?.(line);
      });
    }
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(new CommandError(command, error.code ?? null, error.message)),
    );
    child.on("close", (code, signal) =>
      code === 0
        ? resolve(printed)
        : reject(new CommandError(command, code ?? signal, printed.stderr)),
    );
    // The command may end before it has read its input; its exit code tells.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}
