import { textOf } from "../json";
import type { Json, JsonObject, Kind, Kinds } from "../model";
import { ApiError, fieldError, forbidden, NO_PERMISSION, notFound } from "./errors";
import type { Resource } from "./resource";
import type { World } from "./world";

const field = (object: unknown, name: string): Json | undefined => (object as JsonObject)[name];

/** Objects of a resource, as this caller may see them. */
async function objects<K extends Kind>(resource: Resource<K>, world: World): Promise<Kinds[K][]> {
  const all = await world.all(resource.kind);
  return resource.where ? all.filter(resource.where) : all;
}

export async function find<K extends Kind>(
  resource: Resource<K>,
  name: string,
  world: World,
): Promise<Kinds[K]> {
  const all = await objects(resource, world);
  const object = all.find((each) => resource.lookup(each) === name);
  if (!object) throw notFound(resource.label);
  return object;
}

const PAGING = new Set(["page", "page_size", "ordering", "search"]);
/** They change what is shown, or whom the answer is for, not which objects. */
const DISPLAY = /^(include_|superuser_full_list$|only_with_launch_url$|for_user$|has_key$)/;

/** One page of a list, with Authentik's own pagination. */
export async function list<K extends Kind>(
  resource: Resource<K>,
  query: URLSearchParams,
  world: World,
): Promise<JsonObject> {
  let found = await objects(resource, world);
  for (const [name, value] of query) {
    if (PAGING.has(name) || DISPLAY.test(name)) continue;
    const filter = resource.filters?.[name] ?? equality(name);
    const kept = await Promise.all(
      found.map((object) => Promise.resolve(filter(object, value, world))),
    );
    found = found.filter((_, index) => kept[index]);
  }
  const search = query.get("search")?.toLowerCase();
  if (search) {
    const matches = (object: unknown) =>
      resource.search.some((name) => textOf(field(object, name)).toLowerCase().includes(search));
    found = found.filter(matches);
  }
  const ordering = query.get("ordering");
  if (ordering) found = sorted(found, ordering);
  const { pagination, results } = page(found, query);
  const shown = await Promise.all(results.map((object) => resource.present(object, world)));
  return { pagination, results: shown, autocomplete: {} };
}

/** `slug=`, `managed__iexact=`, `name__icontains=`, `expires__isnull=` */
function equality(parameter: string) {
  const [name = "", operator] = parameter.split("__");
  return (object: unknown, value: string): boolean => {
    const own = field(object, name);
    if (own === undefined) return true;
    if (operator === "isnull") return (own === null) === (value.toLowerCase() === "true");
    if (operator === "icontains") return textOf(own).toLowerCase().includes(value.toLowerCase());
    if (operator === "iexact") return textOf(own).toLowerCase() === value.toLowerCase();
    if (typeof own === "boolean") return String(own) === value.toLowerCase();
    return textOf(own) === value;
  };
}

function sorted<T>(found: readonly T[], ordering: string): T[] {
  const name = ordering.replace(/^-/, "");
  const direction = ordering.startsWith("-") ? -1 : 1;
  return [...found].sort((a, b) => {
    const [first, second] = [field(a, name), field(b, name)];
    if (typeof first === "number" && typeof second === "number")
      return direction * (first - second);
    return direction * textOf(first).localeCompare(textOf(second));
  });
}

function page<T>(found: readonly T[], query: URLSearchParams) {
  const size = Math.min(Math.max(Number(query.get("page_size") ?? 20), 1), 100);
  const current = Number(query.get("page") ?? 1);
  const total_pages = Math.max(Math.ceil(found.length / size), 1);
  if (!(current >= 1 && current <= total_pages)) {
    throw new ApiError(404, { detail: "Invalid page." });
  }
  const start = (current - 1) * size;
  const results = found.slice(start, start + size);
  const pagination = {
    next: current < total_pages ? current + 1 : 0,
    previous: current - 1,
    count: found.length,
    current,
    total_pages,
    start_index: found.length > 0 ? start + 1 : 0,
    end_index: start + results.length,
  };
  return { pagination, results };
}

/** Refuses what breaks references, uniqueness, or the resource's own rules. */
async function check<K extends Kind>(
  resource: Resource<K>,
  object: Kinds[K],
  world: World,
): Promise<void> {
  const errors: JsonObject = {};
  for (const [name, known] of Object.entries(resource.references ?? {})) {
    const keys = await known(world);
    const value = field(object, name) ?? [];
    for (const key of Array.isArray(value) ? value : [value]) {
      if (keys.includes(key as string | number)) continue;
      errors[name] = [`Invalid pk "${textOf(key)}" - object does not exist.`];
    }
  }
  const others = (await world.all(resource.kind)).filter(
    (each) => resource.key(each) !== resource.key(object),
  );
  for (const [name, message] of Object.entries(resource.unique ?? {})) {
    const value = field(object, name);
    if (value === null || value === undefined) continue;
    if (others.some((each) => field(each, name) === value)) errors[name] = [message];
  }
  if (Object.keys(errors).length > 0) throw new ApiError(400, errors);
  await resource.check?.(object, world);
}

export async function create<K extends Kind>(
  resource: Resource<K>,
  body: JsonObject,
  world: World,
): Promise<JsonObject> {
  if (!resource.create) throw new ApiError(405, { detail: 'Method "POST" not allowed.' });
  if (!world.superuser) throw forbidden(NO_PERMISSION);
  return save(resource, await resource.create(body, world), body, world);
}

export async function change<K extends Kind>(
  resource: Resource<K>,
  name: string,
  body: JsonObject,
  world: World,
): Promise<JsonObject> {
  if (!world.superuser) throw forbidden(NO_PERMISSION);
  const object = await find(resource, name, world);
  const changed = resource.change
    ? await resource.change(object, body, world)
    : { ...object, ...body };
  return save(resource, changed, body, world);
}

async function save<K extends Kind>(
  resource: Resource<K>,
  object: Kinds[K],
  body: JsonObject,
  world: World,
): Promise<JsonObject> {
  await check(resource, object, world);
  await world.put(resource.kind, resource.key(object), object);
  await resource.saved?.(object, body, world);
  return resource.present(object, world);
}

export async function remove<K extends Kind>(
  resource: Resource<K>,
  name: string,
  world: World,
): Promise<void> {
  if (!world.superuser) throw forbidden(NO_PERMISSION);
  const object = await find(resource, name, world);
  await resource.removing?.(object, world);
  await world.remove(resource.kind, resource.key(object));
}

/** Throws unless a text is a regular expression. */
export function checkPattern(name: string, pattern: string): void {
  try {
    new RegExp(pattern);
  } catch (error) {
    throw fieldError(name, `Invalid Regex Pattern: ${(error as Error).message}`);
  }
}
