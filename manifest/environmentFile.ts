/**
 * What systemd would not put into a unit's environment: values with control characters other than tabs
 * and line breaks, which it drops, and those that are no valid Unicode to it, noncharacters among them, with
 * which it does not start the unit.
 */
const UNFIT = /[^\P{Cc}\t\n\u0080-\u009f]|\p{Cs}|\p{Noncharacter_Code_Point}/u;

/** Why a value cannot be a variable's in an `EnvironmentFile`; undefined if it can. */
export function unfitForEnvironment(value: string): string | undefined {
  if (!UNFIT.test(value)) return undefined;
  return "it has a control character other than a tab or a line break, or is not valid Unicode";
}

/**
 * The line of an `EnvironmentFile` (systemd.exec(5)) that sets a variable to exactly this value. A POSIX
 * shell reads it in the same way; what needs no quotes has none, for programs that take them for
 * a part of the value, such as podman.
 */
export function environmentLine(name: string, value: string): string {
  const isPlain = /^[A-Za-z0-9_@%+=:,./-]+$/.test(value);
  return `${name}=${isPlain ? value : `"${value.replace(/["\\$`]/g, "\\$&")}"`}\n`;
}
