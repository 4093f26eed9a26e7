/** The lab can't do what was asked. The message says why and what to do. */
export class LabError extends Error {}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
