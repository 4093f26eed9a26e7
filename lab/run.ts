import { execa } from "execa";

/** What a command printed. */
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
    readonly code: number | string,
    readonly stderr: string,
  ) {
    const said = stderr.trim().split("\n").slice(-3).join("; ");
    super(`${command} exited with ${code}${said ? `: ${said}` : ""}`);
  }
}

/**
 * Runs a command without a shell and waits for its end.
 *
 * @throws {@link CommandError} if it cannot be started or its exit code is not 0.
 */
export async function run(
  command: string,
  args: readonly string[],
  { input = "", env, cwd, onLine }: RunOptions = {},
): Promise<Output> {
  const tell = function* (line: unknown) {
    onLine?.(String(line));
    yield line;
  };
  const result = await execa(command, args, {
    ...{ input, env, cwd, stdout: tell, stderr: tell },
    reject: false,
    stripFinalNewline: false,
  });
  const { stdout, stderr } = result;
  if (!result.failed) return { stdout, stderr };
  const started = result.exitCode !== undefined || result.signal !== undefined;
  const code = result.exitCode ?? result.signal ?? result.code ?? "an error";
  throw new CommandError(command, code, started ? stderr : (result.originalMessage ?? ""));
}
