/** An answer that refuses a request, as Proxmox words it. */
export class PveError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** What is wrong with each parameter. */
    readonly errors?: Readonly<Record<string, string>>,
  ) {
    super(message);
  }
}

/** Parameters are wrong. */
export function parameterError(errors: Readonly<Record<string, string>>): PveError {
  return new PveError(400, "Parameter verification failed.\n", errors);
}

/** The caller may not do this. */
export function permissionError(what?: string): PveError {
  return new PveError(403, `Permission check failed${what ? ` (${what})` : ""}\n`);
}

/** Anything else, as Perl's `die` would have it. */
export function failure(message: string): PveError {
  return new PveError(500, `${message}\n`);
}
