import { z } from "zod";
import { auth } from "./auth";
import { database } from "./database";
import { alerting, metrics } from "./monitoring";
import { secret } from "./secrets";
import { routeAnswers } from "./routeAnswers";
import { command, name, publicPath, routeDomain, seconds, upstream } from "./values";

/** What a service needs from others and offers them: its `interface`. */

export const route = z.strictObject({
  domain: routeDomain
    .optional()
    .meta({ examples: ["notes.nixmox.lan", "*.apps.nixmox.lan"] })
    .describe(
      "Public name, or `network.domain` itself, which services can share if their paths differ. `*` as its first part stands for any one name that has no route of its own. Derived: `<name>.<network.domain>`; a named route's: `<route>.<domain>`.",
    ),
  path: z
    .string()
    .regex(/^\/[A-Za-z0-9/_.~-]*$/, 'a path such as "/" or "/api"')
    .default("/")
    .meta({ examples: ["/", "/api"] })
    .describe("The path below which the service answers. The longest path that fits is taken."),
  upstream: upstream
    .optional()
    .meta({ examples: ["192.168.99.17:8080"] })
    .describe(
      "Where requests go, as address:port. Derived: `<ip>:<first of ports>`; none with `root` or `redirect`, or if `extra_config` answers every request.",
    ),
  tls: z.boolean().default(true).describe("HTTPS with a certificate of the internal CA."),
  upstream_tls: z
    .boolean()
    .default(false)
    .meta({ examples: [true] })
    .describe(
      "The service serves TLS at `upstream`, with a certificate that it gets for its `hostname`.",
    ),
  authz: z
    .boolean()
    .default(false)
    .describe(
      "Only signed-in users reach the route, although the service has a sign-in of its own. Where `auth.type` is forward_auth, this is so anyway.",
    ),
  auth: auth.optional().describe("How users sign in on this route, if not as set for the service."),
  public_paths: z
    .array(publicPath)
    .optional()
    .meta({ examples: [["/health", "/api/*"]] })
    .describe(
      "Paths that need no sign-in on a route that only signed-in users reach: exactly these, or all that begin so with `*`. Derived: `/health`, `/metrics` and `/alive`, below the route's path.",
    ),
  extra_config: z
    .string()
    .max(16_384)
    .default("")
    .meta({ examples: ["encode gzip"] })
    .describe(
      "Further Caddy directives for this route, which may only handle its own requests. Their `header` directives have the last word about headers. If one of them answers every request (`respond`, `redir`, `reverse_proxy`, `php_fastcgi`, `file_server`), nothing else does.",
    ),
  ...routeAnswers,
});

export const health = z.strictObject({
  startup: command
    .optional()
    .meta({ examples: ["systemctl is-active --quiet notes"] })
    .describe("Command that succeeds once the service is up. Derived: `unit` is active."),
  readiness: command
    .optional()
    .meta({ examples: ["curl --fail --silent http://192.168.99.17:8080/health"] })
    .describe("Command that succeeds once it serves requests. Derived: the same as `startup`."),
  interval: seconds.default(5).describe("Seconds between two attempts."),
  timeout: seconds.default(60).describe("Seconds that one attempt may take."),
  retries: z.int().min(0).max(1000).default(24).describe("Attempts after the first one."),
});

const terraform = z
  .strictObject({
    modules: z.array(z.string()).optional().describe("Without effect."),
    targets: z.array(z.string()).optional().describe("Without effect."),
    variables: z.record(z.string(), z.json()).optional().describe("Without effect."),
  })
  .describe("A leftover from Terraform; without effect.");

const shape = {
  dbs: z.record(name, database).default({}).describe("Several databases, by key."),
  auth: auth.prefault({}).describe("How users sign in, on all of its routes."),
  routes: z.record(name, route).default({}).describe("Several routes, by name."),
  health: health.prefault({}).describe("How to tell that the service is up, and how long to try."),
  secrets: z
    .record(name, secret)
    .default({})
    .describe(
      "Secrets that the service reads from files, by name: generated, given by a person, or shared with another service. A client of the identity provider has `client-secret` without saying so; a route's own client, `client-secret-<route>`.",
    ),
  metrics: z
    .record(name, metrics)
    .default({})
    .meta({ examples: [{ miniflux: { port: 8080 } }] })
    .describe(
      "Pages with metrics for Prometheus, by the name of the job. The service itself has to serve them; of NixMox's modules, `miniflux` does.",
    ),
  alerting: alerting
    .optional()
    .describe(
      "Who is told of alerts, and of which. Only for the service that provides monitoring.",
    ),
  certificate: z
    .boolean()
    .default(false)
    .meta({ examples: [true] })
    .describe(
      "The host gets a certificate of the homelab's authority for its `hostname`, for what it serves over TLS without the proxy. A database server and a service with `upstream_tls` on a route have one anyway.",
    ),
  terraform: terraform.optional(),
};

export const serviceInterface = z.strictObject(shape);

export const healthInput = health.extend({
  liveness: command
    .optional()
    .meta({ examples: ["curl --fail --silent http://192.168.99.17:8080/health"] })
    .describe("Another name for `readiness`."),
});

/** The short forms among them, which `normalize.ts` turns into the long ones. */
export const serviceInterfaceInput = z.strictObject({
  db: database.optional().describe("The service's one database; its key is the service's name."),
  ...shape,
  route: route.optional().describe("The service's one route; its name is `default`."),
  proxy: z
    .union([route, z.record(name, route)])
    .optional()
    .describe("Another name for `route` and `routes`: one route, or several by name."),
  health: healthInput.prefault({}).describe(shape.health.description!),
});
