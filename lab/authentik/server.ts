import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Api } from "./api/api";
import type { Settings } from "./environment";
import type { OpenApi } from "./openapi";
import { OidcEndpoints } from "./oidc/endpoints";
import type { Store } from "./store";
import { FlowExecutor } from "./web/flowExecutor";
import { Flows } from "./web/flows";
import { ForwardAuth } from "./web/forwardAuth";
import { sendPage } from "./web/pages";
import { readBody, TrustedProxies, webRequest, type WebRequest } from "./web/request";
import { sendJson, sendText } from "./web/response";
import { Sessions } from "./web/sessions";

export interface ServerOptions {
  readonly store: Store;
  readonly settings: Settings;
  readonly schema: OpenApi;
  readonly log: (line: string) => void;
}

type Handler = (request: WebRequest, response: ServerResponse) => Promise<boolean>;

/** Everything that Authentik's server answers on its HTTP port. */
export function authentikServer({ store, settings, schema, log }: ServerOptions): Server {
  const proxies = new TrustedProxies(settings.trustedProxies);
  const sessions = new Sessions(store, settings.sessionSeconds);
  const api = new Api(store, settings, schema, log);
  const outpost = new ForwardAuth(store, log);
  const executor = new FlowExecutor(store, sessions);
  const flows = new Flows(store, sessions);
  const oidc = new OidcEndpoints(store, sessions, (...args) => outpost.code(...args));
  const handlers: Handler[] = [
    (request, response) => answerHealth(store, request, response),
    (request, response) => executor.answer(request, response),
    (request, response) => answerApi(api, sessions, request, response),
    (request, response) => outpost.answer(request, response),
    (request, response) => oidc.answer(request, response),
    (request, response) => flows.answer(request, response),
  ];
  return createServer((raw, response) => {
    answer(raw, response).catch((error: Error) => {
      log(`${raw.method} ${raw.url?.split("?")[0]}: ${error.stack ?? error.message}`);
      if (!response.headersSent) sendText(response, 500, "Server Error");
      else response.destroy();
    });
  });

  async function answer(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = webRequest(raw, proxies);
    for (const handler of handlers) if (await handler(request, response)) return;
    sendPage(response, "Not Found", "<p>The page that you asked for does not exist.</p>", 404);
  }
}

async function answerHealth(
  store: Store,
  { url }: WebRequest,
  response: ServerResponse,
): Promise<boolean> {
  if (url.pathname === "/-/health/live/") sendText(response, 200);
  else if (url.pathname === "/-/health/ready/") {
    await store.ping().then(
      () => sendText(response, 200),
      () => sendText(response, 503),
    );
  } else return false;
  return true;
}

async function answerApi(
  api: Api,
  sessions: Sessions,
  request: WebRequest,
  response: ServerResponse,
): Promise<boolean> {
  const { raw, url, method } = request;
  if (!url.pathname.startsWith("/api/v3/")) return false;
  const { status, body } = await api.answer({
    method,
    path: url.pathname.slice("/api/v3".length),
    query: url.search.slice(1),
    authorization: raw.headers.authorization,
    user: await sessions.of(request).then((session) => session?.user),
    body: await readBody(raw),
    origin: url.origin,
  });
  sendJson(response, status, body);
  return true;
}
