/** Ends a command: what it could not do is told by its message alone, and by exit code 1. */
export function endWith(command: Promise<void>): void {
  command.catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
