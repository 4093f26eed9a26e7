import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { checkParameters } from "./check";
import type { Cluster } from "./cluster";
import { parameterError, PveError } from "./errors";
import { readRequest, sendError, sendResult, type ApiRequest } from "./http";
import type { Call, Route } from "./route";
import { routes } from "./routes";
import { parametersOf } from "./schema";
import { Session } from "./session";

interface Match {
  readonly route: Route;
  readonly inPath: Readonly<Record<string, string>>;
}

/** The routes with their paths as patterns; the longest fixed path wins. */
const patterns = routes.map((route) => ({
  route,
  // A volume's name is the last part of its path and may itself have slashes.
  pattern: new RegExp(
    `^${route.path.replace(/{volume}/g, "(?<volume>.+)").replace(/{(\w+)}/g, "(?<$1>[^/]+)")}$`,
  ),
}));

function match(method: string, path: string): Match {
  for (const { route, pattern } of patterns) {
    const found = route.method === method ? pattern.exec(path) : null;
    if (!found) continue;
    const inPath = Object.entries(found.groups ?? {}).map(([k, v]) => [k, decodeURIComponent(v)]);
    return { route, inPath: Object.fromEntries(inPath) as Record<string, string> };
  }
  throw new PveError(501, `Method '${method} ${path}' not implemented\n`);
}

function merge(inPath: Match["inPath"], given: ApiRequest["params"]): Record<string, string> {
  for (const [key, value] of Object.entries(given)) {
    if (key in inPath && inPath[key] !== value) {
      const error = "duplicate parameter (already defined in URI) with conflicting values!";
      throw parameterError({ [key]: error });
    }
  }
  return { ...given, ...inPath };
}

function sessionOf(cluster: Cluster, request: IncomingMessage, { method, path }: ApiRequest) {
  const isOpen = routes.some((r) => r.open && r.method === method && r.path === path);
  const byToken = request.headers.authorization?.startsWith("PVEAPIToken=") ?? false;
  if (isOpen && !byToken) return new Session("");
  return cluster.sessions.authenticate(method, request.headers);
}

async function answer(
  cluster: Cluster,
  request: IncomingMessage,
  onSession: (session: Session) => void,
): Promise<unknown> {
  const asked = await readRequest(request);
  const { method, path, params: given } = asked;
  const session = sessionOf(cluster, request, asked);
  onSession(session);
  const { route, inPath } = match(method, path);
  const params = merge(inPath, given);
  checkNeeds(session, route, params);
  if (params.node !== undefined) cluster.checkNode(params.node);
  const errors = checkParameters(parametersOf(`${route.method} ${route.path}`), params);
  if (Object.keys(errors).length > 0) throw parameterError(errors);
  const vmid = Number(params.vmid ?? 0);
  return route.run({ cluster, session, params, node: params.node ?? "", vmid });
}

/** Refuses callers who may not call a method at all; the method checks what depends on parameters. */
function checkNeeds(session: Session, { needs }: Route, params: Call["params"]): void {
  if (!needs) return;
  const path = needs.path.replace(/{(\w+)}/g, (_, name: string) => params[name] ?? "");
  session.check(path, ...(needs.all ?? []));
  if (needs.any) session.checkAny(path, needs.any);
}

/** Serves the Proxmox VE API. */
export function createApi(cluster: Cluster): Server {
  const { paths } = cluster;
  const tls = { cert: readFileSync(paths.certificate), key: readFileSync(paths.key) };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const begun = Date.now();
    let session: Session | undefined;
    response.on("close", () => {
      const line = [request.method, request.url?.split("?")[0], response.statusCode];
      // The log shows which privileges a role needs.
      const used = [...(session?.used ?? [])];
      console.log(new Date().toISOString(), ...line, `${Date.now() - begun}ms`, ...used);
    });
    answer(cluster, request, (known) => (session = known)).then(
      (result) => sendResult(response, result),
      (error: unknown) => {
        if (!(error instanceof PveError)) console.error(error);
        sendError(response, error);
      },
    );
  };
  return createServer(tls, handle);
}
