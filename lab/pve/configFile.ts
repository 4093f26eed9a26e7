import { createHash } from "node:crypto";

/** Settings by name, all as text. */
export type Values = Readonly<Record<string, string>>;

/** A container's configuration file. */
export interface ContainerConfig {
  readonly values: Values;
  /** Changes that take effect at the next start. */
  readonly pending: Values;
  /** Settings that go away at the next start. */
  readonly pendingDelete: readonly string[];
}

const PENDING = "[pve:pending]";
const encode = (text: string) =>
  text.replace(
    /[\0-\x1f\x7f%:]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
const decode = (text: string) =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

function printSection(values: Values): string {
  const { description, env, ...rest } = values;
  const comments = (description ?? "")
    .replace(/\n+$/, "")
    .split("\n")
    .map((line) => `#${encode(line)}\n`);
  const settings = Object.keys(rest)
    .sort()
    .map((key) => `${key}: ${rest[key]}\n`);
  const environment = (env ?? "").split("\0").filter(Boolean);
  return [
    ...(description ? comments : []),
    ...settings,
    ...environment.map((variable) => `lxc.environment.runtime: ${variable}\n`),
  ].join("");
}

function parseSection(lines: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  const description: string[] = [];
  const environment: string[] = [];
  for (const line of lines) {
    if (line.startsWith("#")) description.push(decode(line.slice(1)));
    const [, key, value] = /^([a-z][a-z0-9_.-]*):\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === "lxc.environment.runtime") environment.push(value!);
    else if (key !== undefined) values[key] = value!;
  }
  // Proxmox ends each line of a description with a line feed, also the last.
  if (description.length > 0) values.description = description.map((l) => `${l}\n`).join("");
  if (environment.length > 0) values.env = environment.join("\0");
  return values;
}

/** Prints a configuration as Proxmox keeps it in /etc/pve. */
export function printConfig({ values, pending, pendingDelete }: ContainerConfig): string {
  const waiting =
    pendingDelete.length > 0 ? { ...pending, delete: pendingDelete.join(",") } : pending;
  const section = Object.keys(waiting).length > 0 ? `\n${PENDING}\n${printSection(waiting)}` : "";
  return printSection(values) + section;
}

/** Reads what {@link printConfig} printed. */
export function parseConfig(text: string): ContainerConfig {
  const lines = text.split("\n");
  const at = lines.indexOf(PENDING);
  const values = parseSection(at < 0 ? lines : lines.slice(0, at));
  const { delete: removed, ...pending } = at < 0 ? {} : parseSection(lines.slice(at + 1));
  const pendingDelete = (removed ?? "").split(",").filter(Boolean);
  return { values, pending, pendingDelete };
}

/** The digest with which a client names the version that it changes. */
export function digestOf(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
