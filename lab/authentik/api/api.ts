import { timingSafeEqual } from "node:crypto";
import { subjectOf } from "../access";
import type { Settings } from "../environment";
import type { Subject } from "../expression";
import type { JsonObject, User } from "../model";
import type { OpenApi } from "../openapi";
import type { Store } from "../store";
import { actions, authorize, type Action } from "./actions";
import { change, create, find, list, remove } from "./crud";
import { ApiError, forbidden } from "./errors";
import { fieldErrors } from "./problems";
import type { Resource } from "./resource";
import { applications, bindings } from "./resources/applications";
import { groups, tokens, users } from "./resources/directory";
import { callingOutpost, outposts } from "./resources/outposts";
import { anyProvider, ldap, oauth2, proxy, radius, scopeMappings } from "./resources/providers";
import { brands, certificates, flows } from "./resources/system";
import { World } from "./world";

const resources = [
  applications,
  bindings,
  groups,
  tokens,
  users,
  outposts,
  anyProvider,
  oauth2,
  proxy,
  ldap,
  radius,
  scopeMappings,
  flows,
  certificates,
  brands,
] as unknown as readonly Resource[];

export interface ApiRequest {
  readonly method: string;
  /** Below `/api/v3`. */
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  /** Who is signed in in the browser that asks. */
  readonly user: User | undefined;
  /** JSON text; empty without a body. */
  readonly body: string;
  readonly origin: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: JsonObject;
}

/** Authentik's API: the part that providers and outposts of NixMox use. */
export class Api {
  /** Changes wait for each other, so that none is lost. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly settings: Settings,
    private readonly schema: OpenApi,
    private readonly log: (line: string) => void,
  ) {}

  async answer(request: ApiRequest): Promise<ApiAnswer> {
    const answer = await this.#inTurn(request).catch((error: unknown): ApiAnswer => {
      if (error instanceof ApiError) return { status: error.status, body: error.body };
      throw error;
    });
    const { method, path } = request;
    const problems = this.schema.match(method, path)
      ? this.schema.validateResponse(method, path, answer.status, answer.body)
      : [];
    if (problems.length === 0) return answer;
    this.log(`${method} ${path}: the answer breaks Authentik's schema: ${problems.join("; ")}`);
    return { status: 500, body: { detail: "The answer breaks Authentik's schema." } };
  }

  #inTurn(request: ApiRequest): Promise<ApiAnswer> {
    if (request.method === "GET") return this.#run(request);
    const turn = this.#changes.then(() => this.#run(request));
    this.#changes = turn.catch(() => undefined);
    return turn;
  }

  async #run(request: ApiRequest): Promise<ApiAnswer> {
    const { method, path, query } = request;
    const match = this.schema.match(method, path);
    if (!match) throw this.#unknown(path);
    const caller = await this.#authenticate(request);
    const sent = parse(request.body);
    // An empty object is as good as nothing where no body is expected.
    const expected = match.operation.requestBody !== undefined;
    const body = sent && !expected && Object.keys(sent).length === 0 ? undefined : sent;
    const problems = this.schema.validateRequest(method, path, query, body);
    if (problems.length > 0) throw new ApiError(400, fieldErrors(problems));
    const world = new World(this.store, this.settings, request.origin, caller);
    const name = Object.values(match.params)[0] ?? "";
    const call = { name, body: body ?? {}, query: new URLSearchParams(query), world };
    const action = actions.find((each) => each.method === method && matches(each, path));
    if (action) {
      authorize(action, world);
      const answer = await action.run(call);
      return answer === undefined ? { status: 204 } : { status: 200, body: answer };
    }
    return this.#verb(method, path, call);
  }

  async #verb(
    method: string,
    path: string,
    { name, body, query, world }: Parameters<Action["run"]>[0],
  ): Promise<ApiAnswer> {
    const resource = resources.find(
      (each) => path === each.path || path === `${each.path}${name}/`,
    );
    if (!resource && path === "/outposts/service_connections/all/") {
      return { status: 200, body: await list(noConnections, query, world) };
    }
    if (!resource) {
      const detail = `The lab's Authentik does not serve ${method} ${path}.`;
      throw new ApiError(501, { detail });
    }
    if (path === resource.path) {
      if (method === "POST") return { status: 201, body: await create(resource, body, world) };
      return { status: 200, body: await list(await seen(resource, world), query, world) };
    }
    if (method === "DELETE") {
      await remove(resource, name, world);
      return { status: 204 };
    }
    if (method === "GET") {
      const object = await find(await seen(resource, world), name, world);
      return { status: 200, body: await resource.present(object, world) };
    }
    return { status: 200, body: await change(resource, name, body, world) };
  }

  #unknown(path: string): ApiError {
    const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    const known = methods.some((method) => this.schema.match(method, path));
    if (!known) return new ApiError(404, { detail: "Not found." });
    return new ApiError(405, { detail: "Method not allowed." });
  }

  async #authenticate({ authorization, user: person, method }: ApiRequest): Promise<Subject> {
    // A page of another server could make a browser post.
    if (!authorization && person && method === "GET") return subjectOf(this.store, person);
    if (!authorization) throw forbidden("Authentication credentials were not provided.");
    const [scheme = "", key = ""] = authorization.split(" ");
    if (scheme.toLowerCase() !== "bearer") throw forbidden("Unsupported authentication type");
    const now = new Date().toISOString();
    const all = await this.store.list("token");
    const token = all.find(
      (each) =>
        each.intent === "api" && (!each.expires || each.expires > now) && same(each.key, key),
    );
    const user = token && (await this.store.get("user", String(token.user)));
    if (!user?.is_active) throw forbidden("Token invalid/expired");
    return subjectOf(this.store, user);
  }
}

const matches = (action: Action, path: string): boolean =>
  new RegExp(`^${action.path.replace(/\{\w+\}/g, "[^/]+")}$`).test(path);

/** A resource with what the caller may see of it: an outpost itself, and an LDAP outpost all people. */
async function seen(resource: Resource, world: World): Promise<Resource> {
  if (world.superuser) return resource;
  const outpost = await callingOutpost(world);
  const people: readonly string[] = [users.path, groups.path];
  if (outpost?.type === "ldap" && people.includes(resource.path)) return resource;
  if (outpost && resource.path === outposts.path) {
    return { ...resource, where: (object) => resource.key(object) === outpost.pk };
  }
  return nothing(resource);
}

const nothing = (resource: Resource): Resource => ({ ...resource, where: () => false });
const noConnections: Resource = nothing(outposts as unknown as Resource);

function same(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}

function parse(text: string): JsonObject | undefined {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    throw new ApiError(400, { detail: `JSON parse error - ${(error as Error).message}` });
  }
}
