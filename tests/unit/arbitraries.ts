import fc from "fast-check";
import { stringify } from "smol-toml";

/** A manifest as an object that a test may change before it is written. */
export interface Draft {
  network: Record<string, unknown>;
  core_services: Record<string, DraftService>;
  services: Record<string, DraftService>;
  groups?: Record<string, object>;
  users?: Record<string, object>;
}

export interface DraftService {
  ip: string;
  depends_on?: string[];
  ports?: number[];
  interface?: Record<string, unknown>;
  [key: string]: unknown;
}

/** The address with a number in 10.20.0.0/16. */
export function address(number: number): string {
  return `10.20.${Math.floor(number / 250)}.${(number % 250) + 1}`;
}

const features = fc.record({
  db: fc.boolean(),
  proxy: fc.boolean(),
  secret: fc.boolean(),
  ports: fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 3 }),
  memory: fc.integer({ min: 64, max: 65536 }),
  uses: fc.array(fc.nat(), { maxLength: 4 }),
});

/** Valid manifests with a number of applications beside three core services. */
export function manifests(min: number, max: number): fc.Arbitrary<Draft> {
  return fc.array(features, { minLength: min, maxLength: max }).map((list) => ({
    network: {
      domain: "lab.example",
      network_cidr: "10.20.0.0/16",
      gateway: "10.20.255.254",
      dns_server: address(1),
    },
    core_services: {
      dns: { ip: address(1), ports: [53] },
      postgresql: { ip: address(2), ports: [5432] },
      caddy: { ip: address(3), ports: [443] },
    },
    services: Object.fromEntries(
      list.map(({ db, proxy, secret, ports, memory, uses }, i): [string, DraftService] => [
        `s${i}`,
        {
          ip: address(10 + i),
          ports,
          resources: { memory },
          // Only earlier services, so that there is no cycle.
          depends_on: [...new Set(uses.filter(() => i > 0).map((n) => `s${n % i}`))],
          interface: {
            ...(db ? { db: {} } : {}),
            ...(proxy ? { proxy: {} } : {}),
            ...(secret ? { secrets: { key: {} } } : {}),
          },
        },
      ]),
    ),
  }));
}

const signIns = fc.record({
  type: fc.constantFrom("none", "forward_auth", "oidc", "public"),
  authz: fc.boolean(),
  groups: fc.subarray(["g0", "g1", "g2"]),
  /** Further routes: whether it has a sign-in of its own, and a path of the first one's domain. */
  routes: fc.array(
    fc.record({
      own: fc.constantFrom(undefined, "none", "forward_auth", "oidc"),
      isPath: fc.boolean(),
      paths: fc.option(fc.subarray(["/health", "/api/*", "/a~b"]), { nil: undefined }),
    }),
    { maxLength: 3 },
  ),
});

/** Valid manifests whose users sign in everywhere and in every way. */
export function signOns(min: number, max: number): fc.Arbitrary<Draft> {
  const provider = fc.constantFrom("authentik", "keycloak");
  const lists = fc.array(signIns, { minLength: max, maxLength: max });
  return fc.tuple(manifests(min, max), provider, lists).map(([draft, kind, list]) => ({
    ...draft,
    groups: { g0: {}, g1: { admin: true }, g2: { description: "two" } },
    users: { anna: { groups: ["g0"] }, ben: { password: "invitation" } },
    core_services: { ...draft.core_services, [kind]: { ip: address(4) } },
    services: Object.fromEntries(
      Object.entries(draft.services).map(([name, service], i) => [
        name,
        { ...service, interface: { ...service.interface, ...signInOf(name, list[i]!) } },
      ]),
    ),
  }));
}

type SignIn = typeof signIns extends fc.Arbitrary<infer T> ? T : never;

function signInOf(name: string, { type, authz, groups, routes }: SignIn) {
  const auth = (how: string, domain: string) => ({
    type: how === "public" ? "oidc" : how,
    ...(how !== "none" && { groups }),
    ...((how === "oidc" || how === "public") && {
      oidc: {
        redirect_uris: [`https://${domain}/cb`, "app.notes:/cb"],
        client_type: how === "public" ? "public" : "confidential",
      },
    }),
  });
  const main = `${name}.lab.example`;
  return {
    proxy: undefined,
    auth: auth(type, main),
    routes: {
      default: { ...(type === "oidc" && { authz }) },
      ...Object.fromEntries(
        routes.map(({ own, isPath, paths }, i) => {
          const key = `${name}-r${i}`;
          const domain = isPath ? main : `${key}.lab.example`;
          const how = own ?? type;
          return [
            key,
            {
              domain,
              path: isPath ? `/r${i}` : "/",
              ...(own !== undefined && { auth: auth(own, domain) }),
              ...(paths &&
                how === "forward_auth" && {
                  public_paths: paths.map((path) => (isPath ? `/r${i}${path}` : path)),
                }),
            },
          ];
        }),
      ),
    },
  };
}

export function toToml(draft: unknown): string {
  return stringify(draft);
}
