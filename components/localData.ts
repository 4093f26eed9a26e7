import { wildcardBase } from "../manifest/resolve/names";
import type { OwnZone } from "../manifest/resolve/ownNames";
import type { RecordSpec } from "../manifest/resolve/spec";

/** Records in the syntax of Unbound's `server:` clause, with the zones that their names need. */
export function renderLocalData(
  records: readonly RecordSpec[],
  zones: ReadonlyMap<string, OwnZone> = new Map(),
): string[] {
  const names = new Set(records.map(({ name }) => wildcardBase(name) ?? name));
  return [
    ...[...names].flatMap((name) => renderZone(name, zones.get(name))),
    ...new Set(records.map(renderRecord)),
  ];
}

export function renderZone(name: string, zone: OwnZone | undefined): string[] {
  return zone === undefined ? [] : [`local-zone: "${name}." ${zone}`];
}

function renderRecord(record: RecordSpec): string {
  const { name, type, ttl } = record;
  // Within single quotes, Unbound leaves the double ones of a text to the record.
  const quote = type === "TXT" ? "'" : '"';
  const text = `${wildcardBase(name) ?? name}. ${ttl} IN ${type} ${dataOf(record)}`;
  return `local-data: ${quote}${text}${quote}`;
}

function dataOf(record: RecordSpec): string {
  switch (record.type) {
    case "A":
    case "AAAA":
      return record.address;
    case "CNAME":
    case "PTR":
      return `${record.target}.`;
    case "MX":
      return `${record.priority} ${record.target}.`;
    case "SRV":
      return `${record.priority} ${record.weight} ${record.port} ${record.target}.`;
    case "TXT":
      return renderText(record.text);
  }
}

/** A text in parts of 255 characters, in which nothing ends the quotes around it. */
function renderText(text: string): string {
  const parts = text.match(/.{1,255}/g) ?? [];
  return parts.map((part) => `"${part.replace(/['"\\]/g, escape)}"`).join(" ");
}

/** A character by its number, which neither Unbound's quotes nor the record's can end at. */
function escape(character: string): string {
  return `\\${String(character.charCodeAt(0)).padStart(3, "0")}`;
}
