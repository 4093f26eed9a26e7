import { execa, type Options } from "execa";

/**
 * Runs a command with its output shown, and returns its exit code once it has ended by itself.
 * Ctrl-C reaches the command as well, as it does every process of the terminal's foreground: the
 * command decides what it still has to finish. A request to end this process (SIGTERM) is passed
 * on as an interrupt.
 */
export async function runInForeground(
  file: string,
  args: readonly string[],
  options: Pick<Options, "cwd" | "env">,
): Promise<number | undefined> {
  const stay = () => undefined;
  const interrupt = () => void child.kill("SIGINT");
  // Before the command exists: a signal in between would end this process without it.
  process.on("SIGINT", stay);
  process.on("SIGTERM", interrupt);
  const child = execa(file, args, { ...options, stdio: "inherit", reject: false });
  try {
    return (await child).exitCode;
  } finally {
    process.off("SIGINT", stay);
    process.off("SIGTERM", interrupt);
  }
}
