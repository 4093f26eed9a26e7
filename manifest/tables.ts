/** Tables by name, such as a service's databases. */

/** The value of a name that a table itself has, unlike `constructor`, which every object has. */
export function ownValue<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** A table with changed values and, if asked for, changed names. */
export function mapValues<In, Out>(
  table: Readonly<Record<string, In>>,
  change: (value: In, key: string) => Out,
  rename: (key: string) => string = (key) => key,
): Record<string, Out> {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => [rename(key), change(value, key)]),
  );
}
