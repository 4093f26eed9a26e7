import fc from "fast-check";
import { stringify } from "smol-toml";

/** A manifest as an object that a test may change before it is written. */
export interface Draft {
  network: Record<string, unknown>;
  core_services: Record<string, DraftService>;
  services: Record<string, DraftService>;
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

export function toToml(draft: unknown): string {
  return stringify(draft);
}
