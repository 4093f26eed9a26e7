import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type * as official from "@goauthentik/api/dist/esm/index";
import { answerError, ApiError } from "./errors";
import { createFetch, type Limits } from "./http";

export interface Connection {
  readonly url: string;
  readonly token: string;
  readonly insecure?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The official client's classes that are used. */
export interface Apis {
  readonly core: official.CoreApi;
  readonly crypto: official.CryptoApi;
  readonly flows: official.FlowsApi;
  readonly outposts: official.OutpostsApi;
  readonly policies: official.PoliciesApi;
  readonly mappings: official.PropertymappingsApi;
  readonly providers: official.ProvidersApi;
}

// The package names a main file that it lacks; this folder of it is complete.
const folder = join(dirname(require.resolve("@goauthentik/api/package.json")), "dist", "esm");

/** The official client for a connection. Its code is loaded with the first class that is used. */
export function createApis(connection: Connection, signal: AbortSignal, limits?: Limits): Apis {
  const send = createFetch(connection.insecure ?? false, signal, limits);
  const settings = {
    basePath: `${connection.url.replace(/\/+$/, "")}/api/v3`,
    headers: { ...connection.headers, Authorization: `Bearer ${connection.token}` },
    fetchApi: send,
    middleware: [
      {
        // The client would wrap it, and hide what it says.
        onError: ({ error }: { error: unknown }) => {
          throw error as Error;
        },
        post: ({ response }: { response: Response }) => checked(response),
      },
    ],
  };
  const made = new Map<string, unknown>();
  const api = <T>(name: string): T => {
    if (!made.has(name)) {
      loadModelsLazily();
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      const classes = require(join(folder, "apis", `${name}.js`)) as Record<string, Constructor>;
      const Class = classes[name];
      if (!Class) throw new Error(`Unable to load ${name}: @goauthentik/api lacks it.`);
      made.set(name, new Class(configuration()));
    }
    return made.get(name) as T;
  };
  const configuration = (): unknown => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const runtime = require(join(folder, "runtime.js")) as typeof official;
    return new runtime.Configuration(settings);
  };
  return {
    get core() {
      return api<official.CoreApi>("CoreApi");
    },
    get crypto() {
      return api<official.CryptoApi>("CryptoApi");
    },
    get flows() {
      return api<official.FlowsApi>("FlowsApi");
    },
    get outposts() {
      return api<official.OutpostsApi>("OutpostsApi");
    },
    get policies() {
      return api<official.PoliciesApi>("PoliciesApi");
    },
    get mappings() {
      return api<official.PropertymappingsApi>("PropertymappingsApi");
    },
    get providers() {
      return api<official.ProvidersApi>("ProvidersApi");
    },
  };
}

type Constructor = new (configuration: unknown) => unknown;

/** Turns what is no success into an error that says what Authentik said. */
async function checked(response: Response): Promise<Response> {
  const type = response.headers.get("content-type") ?? "";
  if (response.ok) {
    if (response.status === 204 || type.includes("json")) return response;
    const text = await response.clone().text();
    if (text === "") return response;
    throw new ApiError(
      "the answer is no JSON, so that is not Authentik. Check the provider's `url`",
    );
  }
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // A page that some program in between has made says nothing that helps.
  }
  throw answerError(response.status, body, response.headers.get("location"));
}

/**
 * Each class of the client loads all of its 770 models, which takes longer than everything else
 * that this plugin does. They are plain files by name, so that each is loaded when it is used.
 */
function loadModelsLazily(): void {
  const index = join(folder, "models", "index.js");
  if (require.cache[index]) return;
  const models = new Proxy<Record<string, unknown>>(
    {},
    {
      get: (_, name) => {
        if (typeof name !== "string" || name === "__esModule") return name === "__esModule";
        const model = name.replace(/^instanceOf/, "").replace(/(From|To)JSON(Typed)?$/, "");
        const file = join(folder, "models", `${model}.js`);
        if (!existsSync(file)) return undefined;
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        return (require(file) as Record<string, unknown>)[name];
      },
    },
  );
  const id = { id: index, filename: index, loaded: true, exports: models };
  require.cache[index] = id as unknown as NodeJS.Module;
}
