import { align } from "../table";
import { isProvable } from "./proof";
import type { StackSecret } from "./inventory";

/** The secrets of a stack as a table: all about them but their values. */
export function listSecrets(secrets: readonly StackSecret[], now: Date): string[] {
  if (secrets.length === 0) return ["The manifest has no secrets."];
  const rows = secrets.map((secret) => [
    secret.id,
    secret.path === undefined ? "-" : `${secret.host.address}:${secret.path}`,
    secret.applied,
    secret.restart.join(" ") || "-",
    secret.from === undefined ? secret.origin : `of ${secret.from}`,
    isProvable(secret) ? "yes" : "no",
    secret.since === undefined ? "not deployed" : age(secret.since, now),
  ]);
  return align([["secret", "file", "applied by", "units", "value", "provable", "age"], ...rows]);
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** How long ago something was, in its largest unit. */
function age(since: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - since.getTime()) / 1000);
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ["second", 1];
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
