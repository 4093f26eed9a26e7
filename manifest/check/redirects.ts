import { didYouMean } from "../didYouMean";
import type { Manifest, ServiceSpec } from "../resolve/spec";

/** Addresses that a browser opens without asking anyone. */
const unsafeSchemes =
  /^(about|blob|chrome|data|file|filesystem|ftp|javascript|vbscript|view-source|wss?):$/;

/** What a URL consists of, without what has to be escaped in one. */
const plain = /^[\w.~:/?[\]@!$&'()+,;=%-]+$/;

/**
 * Why users must not be sent to a URL with what signs them in; nothing if they may. A service may have
 * an app besides, which has a scheme of its own (`app.notes:/callback`) or listens on its user's machine.
 */
export function redirectFault(
  { network }: Manifest<undefined>,
  service: ServiceSpec<undefined>,
  uri: string,
): string | undefined {
  if (uri.includes("*"))
    return "providers compare it letter by letter, so * matches nothing. Write each URL.";
  if (uri.includes("#")) return "what follows # does not reach the service. Remove it.";
  if (!plain.test(uri))
    return "it has a character that must be escaped in a URL. Write it with %, as in %20.";
  const url = new URL(uri);
  if (url.username !== "" || url.password !== "") return "it has a user name. Remove it.";
  if (unsafeSchemes.test(url.protocol)) {
    return `${url.protocol} is not an app's scheme. Use https, or the app's own.`;
  }
  if (!isWeb(url) || isLoopback(url.hostname)) return undefined;
  if (url.protocol === "http:")
    return "a sign-in needs TLS, or others could take it over. Use https.";
  const { domain } = network;
  const own = namesOf(service);
  if (domain === undefined || own.includes(url.hostname) || !isBelow(url.hostname, domain)) {
    return undefined;
  }
  const names = own.filter((name) => name !== undefined);
  const hint = didYouMean(url.hostname, names) || ` Its own are ${names.join(", ")}.`;
  return `${url.hostname} is not a name of ${service.name}.${hint}`;
}

/** Whether users are sent to a site outside of the homelab. */
export function isPublicRedirect(
  domain: string | undefined,
  service: ServiceSpec<undefined>,
  uri: string,
): boolean {
  if (domain === undefined || !URL.canParse(uri)) return false;
  const url = new URL(uri);
  const { hostname } = url;
  if (!isWeb(url) || isLoopback(hostname) || namesOf(service).includes(hostname)) return false;
  return !isBelow(hostname, domain);
}

/** What a service is called: its routes' domains, its host's name and address. */
function namesOf({ hostname, ip, interface: { routes } }: ServiceSpec<undefined>) {
  return [...new Set([...Object.values(routes).map(({ domain }) => domain), hostname, ip])];
}

function isWeb({ protocol }: URL): boolean {
  return protocol === "https:" || protocol === "http:";
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

function isBelow(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
