import ipaddr from "ipaddr.js";
import { answersOf } from "../caddyfile/answers";
import type { Issue, Path } from "../issue";
import { parseUpstream } from "../resolve/externalRoutes";
import type { ExternalRouteSpec } from "../resolve/spec";
import { endOf } from "../read/certificates";
import { type CheckContext, pathOf } from "./context";
import { checkRole } from "./dependencies";
import { checkGroups } from "./people";

/** A route to what is no service has a proxy, a target, and a sign-in that the proxy can ask for. */
export function checkExternalRoutes(context: CheckContext): Issue[] {
  const { manifest, place } = context;
  const { services, disabled, routes } = manifest;
  return routes.flatMap((route): Issue[] => {
    const at = ["routes", route.name];
    const service = [...services, ...disabled].find(({ name }) => name === route.name);
    const target = checkTarget(context, route, at);
    const issues = [
      ...(target.length > 0 ? target : checkTrust(context, route, at)),
      ...checkSignIn(context, route, at),
    ];
    if (service) {
      const message = `${place(pathOf(service))} has this name, too. Use another one, and set domain.`;
      issues.push({ code: "taken", path: at, message });
    }
    return [
      ...issues,
      ...checkRole(context, "proxy", at, "a route"),
      ...checkRole(context, "dns", at, "a route"),
    ];
  });
}

/** What it leads to is neither a container of the manifest nor the proxy itself. */
function checkTarget(
  { manifest, isFaulty, place }: CheckContext,
  { upstream, root, redirect, extra_config: extra }: ExternalRouteSpec<undefined>,
  at: Path,
): Issue[] {
  const path = [...at, "upstream"];
  if (isFaulty(path)) return [];
  if (upstream === undefined) {
    if (root !== undefined || redirect !== undefined) return [];
    if (extra === undefined || answersOf(extra).directive !== undefined) return [];
    const message = 'is missing. Add where it leads, such as "https://192.168.1.5:8006".';
    return [{ code: "missing", path, message }];
  }
  const { host } = parseUpstream(upstream);
  const service = manifest.services.find(({ ip, hostname }) => [ip, hostname].includes(host));
  if (service) {
    const message =
      `${host} is the host of ${service.name}, which only lets in what its own routes need. ` +
      `Write the route at ${place([...pathOf(service), "interface"])}.`;
    return [{ code: "wrong-host", path, message }];
  }
  const owner = manifest.services.find(({ interface: { routes } }) =>
    Object.values(routes).some(({ domain }) => domain === host),
  );
  const isOwn = owner !== undefined || manifest.routes.some(({ domain }) => domain === host);
  if (isOwn) {
    const message = `${host} is served by the proxy itself, so requests would go round in a circle. Use the device's address.`;
    return [{ code: "wrong-host", path, message }];
  }
  const why = unreachable(host);
  if (why === undefined) return [];
  const message = `${host} is ${why}. Use the device's address.`;
  return [{ code: "reserved-address", path, message }];
}

/** Why nothing that the proxy could reach has an address. */
function unreachable(host: string): string | undefined {
  if (host === "localhost" || host.endsWith(".localhost")) return "the proxy's own host";
  if (/^[0-9.]+$/.test(host) && !ipaddr.IPv4.isValidFourPartDecimal(host)) return "no address";
  if (!ipaddr.isValid(host)) return undefined;
  const ranges: Readonly<Record<string, string>> = {
    loopback: "the proxy's own host",
    unspecified: "no host's address",
    multicast: "a group's address",
    broadcast: "the broadcast address",
    linkLocal: "an address that is only known on one link",
  };
  return ranges[ipaddr.parse(host).range()];
}

function checkTrust(
  { certificates, isFaulty, isWritten }: CheckContext,
  { upstream, trust }: ExternalRouteSpec<undefined>,
  at: Path,
): Issue[] {
  const path = [...at, "upstream_tls"];
  const isSet = ["insecure", "ca", "server_name"].some((key) => isWritten([...path, key]));
  if (upstream === undefined || isFaulty(path)) return [];
  if (!trust) {
    if (!isSet) return [];
    const message = "the upstream is http, which has no certificate. Write https:// there.";
    return [{ code: "no-effect", path, message }];
  }
  const { insecure, ca, server_name: name } = trust;
  if (insecure && ca) {
    const message = "insecure accepts any certificate, so this has no effect. Remove one.";
    return [{ code: "no-effect", path: [...path, "ca"], message }];
  }
  const file = certificates.get(ca?.source ?? "");
  if (file && "fault" in file) {
    return [{ code: "unreadable", path: [...path, "ca"], message: file.fault }];
  }
  if (insecure || ca || !isPrivate(name)) return [];
  const message =
    `no public authority certifies ${name}. Add the device's own as upstream_tls.ca, ` +
    "the name in its certificate as upstream_tls.server_name, or accept any with upstream_tls.insecure = true.";
  return [{ code: "insecure", path: [...at, "upstream"], message }];
}

/** Whether a host is known inside of the homelab alone. */
function isPrivate(host: string | undefined): boolean {
  if (host === undefined) return false;
  if (!ipaddr.isValid(host))
    return !host.includes(".") || /\.(lan|home|internal|local|home\.arpa)$/.test(host);
  return ["private", "uniqueLocal", "carrierGradeNat"].includes(ipaddr.parse(host).range());
}

/** A device is no client of the identity provider: the proxy asks for the sign-in. */
function checkSignIn(
  context: CheckContext,
  { auth }: ExternalRouteSpec<undefined>,
  at: Path,
): Issue[] {
  const path = [...at, "auth"];
  if (auth?.type !== "forward_auth") {
    if (!context.isWritten([...path, "groups"])) return [];
    const message = 'nobody signs in here. Set type = "forward_auth", or remove this.';
    return [{ code: "no-effect", path: [...path, "groups"], message }];
  }
  return [
    ...checkGroups(context, auth.groups ?? [], [...path, "groups"]),
    ...checkRole(context, "sso", path, "single sign-on"),
  ];
}

/** Certificates that have ended, which the proxy no longer accepts. */
export function endedCertificates({ manifest }: CheckContext, now = Date.now()): string[] {
  return manifest.routes.flatMap(({ name, trust }) => {
    const pem = trust?.ca?.pem;
    if (pem === undefined || endOf(pem).getTime() > now) return [];
    const day = endOf(pem).toISOString().slice(0, 10);
    return [
      `routes.${name}.upstream_tls.ca: the certificate in ${trust!.ca!.source} ended on ${day}. Copy the new one.`,
    ];
  });
}
