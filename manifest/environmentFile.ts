/** What is no valid Unicode to systemd, which then does not start the unit: noncharacters among them. */
const UNFIT = /\p{Cs}|\p{Noncharacter_Code_Point}/u;

/** Why a value cannot be a variable's in an `EnvironmentFile`; undefined if it can. */
export function unfitForEnvironment(value: string): string | undefined {
  if (!value.includes("\0") && !UNFIT.test(value)) return undefined;
  return "it has a NUL character, or is not valid Unicode";
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
