import { didYouMean } from "../didYouMean";
import { formatPath, type Issue, isTable, type Path } from "../issue";
import type { DisabledService, ServiceSpec } from "../resolve/spec";
import { type CheckContext, pathOf } from "./context";

/** Bytes of the longest name that PostgreSQL does not cut off. */
const maxName = 63;

/** A database that is another service's: it exists, and is that service's own. */
export function checkShared(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  if (service.provides.includes("database")) return [];
  const base = [...pathOf(service), "interface", "dbs"];
  const tables = context.written(base);
  return Object.keys(isTable(tables) ? tables : {}).flatMap((key): Issue[] => {
    const path = [...base, key];
    const of = context.written([...path, "of"]);
    if (typeof of !== "string" || context.isFaulty([...path, "of"])) return [];
    const fault = sharedFault(context, service, of);
    if (fault) return [{ ...fault, path: [...path, "of"] }];
    const table = isTable(tables) ? tables[key] : undefined;
    return Object.keys(isTable(table) ? table : {})
      .filter((name) => name !== "of" && context.isWritten([...path, name]))
      .map((name) => ({
        code: "not-allowed",
        path: [...path, name],
        message: `the database is that of ${of}, which decides this. Remove it, or of.`,
      }));
  });
}

type Fault = Omit<Issue, "path">;

function sharedFault(
  { manifest, place, written }: CheckContext,
  { name: own }: ServiceSpec<undefined>,
  of: string,
): Fault | undefined {
  const [name = "", key] = of.split(".");
  if (name === own) {
    const message = `${own} already has its own databases. Remove of, or name another service.`;
    return { code: "depends-on-itself", message };
  }
  const owner = manifest.services.find((each) => each.name === name);
  const fault = owner ? undefined : missingService(manifest, name, own);
  if (fault || !owner) return fault;
  const path = [...pathOf(owner), "interface", "dbs"];
  const databases = Object.entries(owner.interface.dbs).filter(
    ([, { access }]) => access !== "read",
  );
  const keys = databases.map(([each]) => each);
  if (keys.length === 0) {
    const message = `${name} has no database. Add interface.db = {} to ${formatPath(pathOf(owner))}.`;
    return { code: "unknown-database", message };
  }
  const main = owner.formerly[0] ?? name;
  if (key === undefined && keys.length > 1 && !keys.includes(main)) {
    const message = `${name} has several databases. Name one: ${keys.map((each) => `"${name}.${each}"`).join(" or ")}.`;
    return { code: "unknown-database", message };
  }
  const found = key ?? (keys.includes(main) ? main : keys[0]!);
  if (!keys.includes(found)) {
    const hint =
      didYouMean(found, keys) || ` It has ${keys.map((each) => `"${name}.${each}"`).join(", ")}.`;
    return { code: "unknown-database", message: `${name} has no database "${found}".${hint}` };
  }
  const further = written([...path, found, "of"]);
  if (further === undefined) return undefined;
  const message =
    `${place([...path, found])} is itself another service's (of = ${JSON.stringify(further)}). ` +
    "Name the one that it belongs to.";
  return { code: "cycle", message };
}

/** Readers exist, are other services, and have names that are free. */
export function checkReaders(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const { manifest } = context;
  return Object.entries(service.interface.dbs).flatMap(([key, { access, readers }]) => {
    const list = [...pathOf(service), "interface", "dbs", key, "readers"];
    if (access !== "own" || context.isFaulty(list)) return [];
    return readers.flatMap((reader, i): Issue[] => {
      const path = [...list, i];
      if (readers.indexOf(reader) < i) {
        return [{ code: "written-twice", path, message: `${reader} is listed twice. Remove one.` }];
      }
      if (reader === service.name) {
        const message = `the database is ${reader}'s own. Remove the entry.`;
        return [{ code: "depends-on-itself", path, message }];
      }
      const other = manifest.services.find(({ name }) => name === reader);
      if (!other) return [{ ...missingService(manifest, reader, service.name), path }];
      if (other.provides.includes("database")) {
        const message = `${reader} is a database server, which reads everything anyway. Remove the entry.`;
        return [{ code: "not-allowed", path, message }];
      }
      return checkReader(context, service, key, other, path);
    });
  });
}

function checkReader(
  { place, written }: CheckContext,
  owner: ServiceSpec<undefined>,
  key: string,
  reader: ServiceSpec<undefined>,
  path: Path,
): Issue[] {
  const isOf = (of?: { readonly service: string; readonly key: string }) =>
    of?.service === owner.name && of.key === key;
  const all = Object.entries(reader.interface.dbs);
  const sharing = all.find(([, { access, of }]) => access === "share" && isOf(of));
  if (sharing) {
    const at = place([...pathOf(reader), "interface", "dbs", sharing[0]]);
    const message = `${reader.name} may already change it (${at}). Remove one of both.`;
    return [{ code: "taken", path, message }];
  }
  const reading = all.find(([, { access, of }]) => access === "read" && isOf(of));
  if (!reading) {
    // One of its own has the key, or another one that it reads.
    const own = Object.keys(reader.interface.dbs).find((each) =>
      [key, `${owner.formerly[0] ?? owner.name}-${key}`].includes(each),
    );
    const base = [...pathOf(reader), "interface", "dbs", own ?? key];
    const where =
      written(base) === undefined ? `one that ${reader.name} reads already` : place(base);
    const message = `${reader.name} would find it as ${own ?? key}, which is the name of ${where}. Give one of both another key in dbs.`;
    return [{ code: "taken", path, message }];
  }
  const { role } = reading[1];
  if (Buffer.byteLength(role) <= maxName) return [];
  const message = `its role would be ${role}, and ${maxName} characters are the most. Set a shorter name for the database.`;
  return [{ code: "out-of-range", path, message }];
}

function missingService(manifest: CheckContext["manifest"], wanted: string, except: string): Fault {
  const disabled: DisabledService | undefined = manifest.disabled.find(
    ({ name }) => name === wanted,
  );
  if (disabled) {
    const message = `${wanted} is not enabled. Set enable = true in ${formatPath(pathOf(disabled))}, or remove it here.`;
    return { code: "disabled-service", message };
  }
  const names = manifest.services.map(({ name }) => name).filter((name) => name !== except);
  const hint = didYouMean(wanted, names) || " Add it.";
  return { code: "unknown-service", message: `there is no service "${wanted}".${hint}` };
}
