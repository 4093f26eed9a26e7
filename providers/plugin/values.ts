import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

/** Properties as plain values. */
export type Properties = Readonly<Record<string, unknown>>;

/** What Pulumi sends in place of a value that is known only later. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Properties that were received, and the names of those that are or contain a secret. */
export interface Received {
  readonly values: Properties;
  readonly secrets: ReadonlySet<string>;
}

export function receive(struct: Struct | undefined): Received {
  const values: Record<string, unknown> = {};
  const secrets = new Set<string>();
  for (const [name, value] of Object.entries(struct?.toJavaScript() ?? {})) {
    values[name] = open(value, () => secrets.add(name));
  }
  return { values, secrets };
}

/** Properties to send, of which some are marked as secrets. */
export function send(values: Properties, secrets: Iterable<string> = []): Struct {
  const names = new Set(secrets);
  const entries = Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => [name, names.has(name) ? { [SIGNATURE]: SECRET, value } : value]);
  return Struct.fromJavaScript(Object.fromEntries(entries) as Record<string, JavaScriptValue>);
}

/** Whether a value is or contains one that is known only later. */
export function isUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(isUnknown);
}

/** All text within values, for finding it elsewhere. */
export function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}

function open(value: unknown, onSecret: () => void): unknown {
  if (Array.isArray(value)) return value.map((each) => open(each, onSecret));
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  if (object[SIGNATURE] === SECRET) {
    onSecret();
    return open(object.value, onSecret);
  }
  return Object.fromEntries(
    Object.entries(object).map(([key, each]) => [key, open(each, onSecret)]),
  );
}
