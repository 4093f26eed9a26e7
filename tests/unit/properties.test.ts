import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { deploySteps } from "../../manifest/graph/order";
import { stepsOf } from "../../manifest/graph/steps";
import { formatPath } from "../../manifest/issue";
import { sliceOf } from "../../manifest/slice";
import { type Draft, manifests, signOns, toToml } from "./arbitraries";
import { issuesOf, load, refusal } from "./fixtures";

/** One way to break a valid manifest, and the place that the error must name. */
const breakages: [what: string, change: (draft: Draft, name: string) => string][] = [
  [
    "unknown key",
    (draft, name) => {
      draft.services[name]!.colour = "red";
      return `services.${name}.colour`;
    },
  ],
  [
    "missing address",
    (draft, name) => {
      delete (draft.services[name] as Partial<Draft["services"][string]>).ip;
      return `services.${name}.ip`;
    },
  ],
  [
    "address outside",
    (draft, name) => {
      draft.services[name]!.ip = "10.99.0.1";
      return `services.${name}.ip`;
    },
  ],
  [
    "taken address",
    (draft, name) => {
      draft.services[name]!.ip = draft.core_services.postgresql!.ip;
      return `services.${name}.ip`;
    },
  ],
  [
    "gateway's address",
    (draft, name) => {
      draft.services[name]!.ip = String(draft.network.gateway);
      return `services.${name}.ip`;
    },
  ],
  [
    "unknown dependency",
    (draft, name) => {
      draft.services[name]!.depends_on = ["nobody"];
      return `services.${name}.depends_on[0]`;
    },
  ],
  [
    "itself as dependency",
    (draft, name) => {
      draft.services[name]!.depends_on = [name];
      return `services.${name}.depends_on[0]`;
    },
  ],
  [
    "disabled dependency",
    (draft, name) => {
      draft.services.off = { ip: "10.20.200.1", enable: false };
      draft.services[name]!.depends_on = ["off"];
      return `services.${name}.depends_on[0]`;
    },
  ],
  [
    "wrong port",
    (draft, name) => {
      draft.services[name]!.ports = [70000];
      return `services.${name}.ports[0]`;
    },
  ],
  [
    "literal password",
    (draft, name) => {
      draft.services[name]!.interface = { db: { password: "hunter2" } };
      return `services.${name}.interface.db.password`;
    },
  ],
  [
    "sign-on without a provider",
    (draft, name) => {
      draft.services[name]!.interface = { auth: { type: "forward_auth" } };
      return `services.${name}.interface.auth`;
    },
  ],
  [
    "taken domain",
    (draft, name) => {
      draft.core_services.caddy!.interface = { proxy: { domain: "x.lab.example" } };
      draft.services[name]!.interface = { proxy: { domain: "x.lab.example" } };
      return `services.${name}.interface.proxy.domain`;
    },
  ],
  [
    "taken vmid",
    (draft, name) => {
      draft.core_services.dns!.vmid = 4242;
      draft.services[name]!.vmid = 4242;
      return `services.${name}.vmid`;
    },
  ],
];

/** Texts that chance does not find. */
const tricks = [
  "[network]\nnetwork = nan",
  "[__proto__]\na = 1",
  '[services.__proto__]\nip = "10.0.0.1"',
  "[services.constructor.prototype]\nx = 1",
  "a = " + "[".repeat(50_000) + "]".repeat(50_000),
  "[".repeat(50_000),
  '{"a":'.repeat(50_000),
  "a" + ".a".repeat(2000) + " = 1",
  `name = "${"x".repeat(1_000_000)}"`,
  `# ${"x".repeat(1_000_000)}\nname = 1`,
  `${"x".repeat(1_000_000)} = 1`,
  "network = [inf, -inf, nan]",
  "\ufeff[network]",
  "services = 1",
  "[[services]]",
];

const files = ["manifest.toml", "manifest.json"] as const;

/** Loads a text; nothing but a ManifestError may come of it. */
function survives(text: string, file: string): void {
  try {
    load(text, file);
  } catch (error) {
    assert.equal((error as Error).name, "ManifestError", String((error as Error).stack));
    assert.match(
      (error as Error).message,
      /^Unable to use manifest manifest\.(toml|json): \d+ error/,
    );
  }
}

const named = (sizes: [number, number]) =>
  manifests(...sizes).chain((draft) =>
    fc.constantFrom(...Object.keys(draft.services)).map((name) => ({ draft, name })),
  );

describe("any manifest", function () {
  this.timeout("3m");

  it("of 1 to 200 services is accepted, and its order lets each find what it needs", () => {
    fc.assert(
      fc.property(manifests(1, 200), (draft) => {
        const { manifest } = load(toToml(draft));
        assert.equal(manifest.services.length, Object.keys(draft.services).length + 3);
        const started = new Set<string>();
        for (const step of deploySteps(manifest)) {
          if (step.phase === "route") continue;
          const { service, phase } = step;
          if (phase === "publish") assert.ok(started.has(service.name));
          else {
            for (const other of service.depends_on) assert.ok(started.has(other));
            started.add(service.name);
          }
        }
        assert.equal(started.size, manifest.services.length);
        const ids = new Set(stepsOf(manifest).map(({ id }) => id));
        for (const { needs } of stepsOf(manifest))
          for (const id of needs) assert.ok(ids.has(id), id);
      }),
      { numRuns: 40 },
    );
  });

  it("with sign-ins has an order, and each of them a name, a provider and what it guards", () => {
    let signIns = 0;
    fc.assert(
      fc.property(signOns(1, 25), (draft) => {
        const { manifest } = load(toToml(draft));
        const steps = stepsOf(manifest);
        const ids = new Set(steps.map(({ id }) => id));
        for (const { needs } of steps) for (const id of needs) assert.ok(ids.has(id), id);
        const declared = deploySteps(manifest).flatMap((step) =>
          step.phase === "route" ? [] : [`${step.service.name}.${step.phase}`],
        );
        const sso = manifest.services.find(({ sign_on: signOn }) => signOn)!;
        const names: string[] = [];
        for (const { name, interface: own } of manifest.services) {
          for (const [key, { slug, kind, client, routes, url }] of Object.entries(own.sign_ins)) {
            signIns++;
            names.push(slug);
            assert.match(url, /^https:\/\/[a-z0-9.-]+\/(r\d)?$/);
            assert.equal(kind === "oidc", client !== undefined);
            assert.equal(client?.secret === undefined, client?.client_type !== "confidential");
            if (client?.secret) assert.equal(own.secrets[client.secret]?.path, client.secret_file);
            for (const route of routes) assert.equal(own.routes[route]?.guard?.sign_in, key);
            const phase = client ? "deploy" : "publish";
            const before = client ? "publish" : "deploy";
            const at = (step: string) => declared.indexOf(step);
            assert.ok(at(`${sso.name}.${before}`) < at(`${name}.${phase}`), `${name} ${kind}`);
          }
          for (const [key, { guard, auth }] of Object.entries(own.routes)) {
            if (guard) assert.ok(own.sign_ins[guard.sign_in]?.routes.includes(key));
            assert.ok(guard !== undefined || auth.type !== "forward_auth", `${name} ${key}`);
          }
        }
        assert.equal(new Set(names).size, names.length);
      }),
      { numRuns: 60 },
    );
    assert.ok(signIns > 100, `only ${signIns} sign-ins`);
  });

  it("keeps services and sign-ins when the provider is another one, but for its addresses", () => {
    fc.assert(
      fc.property(signOns(1, 8), (draft) => {
        const { authentik, keycloak, ...others } = draft.core_services;
        const withProvider = (kind: string) => {
          const core = { ...others, [kind]: authentik ?? keycloak! };
          const { manifest } = load(toToml({ ...draft, core_services: core }));
          return manifest.services
            .filter(({ sign_on: signOn }) => signOn === undefined)
            .map((service) => ({
              ...service,
              interface: {
                ...service.interface,
                routes: Object.entries(service.interface.routes).map(
                  ([key, { guard, ...route }]) => [key, { ...route, guard: guard?.sign_in }],
                ),
                sign_ins: Object.entries(service.interface.sign_ins).map(
                  ([key, { client, ...signIn }]) => [
                    key,
                    { ...signIn, client: client && { ...client, issuer: "" } },
                  ],
                ),
              },
            }));
        };
        assert.deepEqual(withProvider("authentik"), withProvider("keycloak"));
      }),
      { numRuns: 15 },
    );
  });

  for (const [what, change] of breakages) {
    it(`with ${what} is refused with exactly that place`, () => {
      fc.assert(
        fc.property(named([1, 40]), ({ draft, name }) => {
          const place = change(draft, name);
          const { issues, message } = refusal(toToml(draft));
          const issue = issues.find(({ path }) => formatPath(path) === place);
          assert.ok(issue?.position, `${place} is not named in: ${message}`);
          assert.doesNotMatch(message, /hunter2/);
        }),
        { numRuns: 15 },
      );
    });
  }

  it("of 200 services is accepted, and if broken in one place, the error names that place", () => {
    fc.assert(
      fc.property(named([200, 200]), ({ draft, name }) => {
        load(toToml(draft));
        draft.services[name]!.ip = "10.99.0.1";
        assert.deepEqual(issuesOf(toToml(draft)), [`outside-network services.${name}.ip`]);
      }),
      { numRuns: 3 },
    );
  });

  it("gives a host only what it talks to; a change reaches no other slice", () => {
    fc.assert(
      fc.property(named([2, 30]), ({ draft, name }) => {
        const slices = () => {
          const { manifest } = load(toToml(draft));
          return new Map(
            manifest.services.map((s) => [s.name, JSON.stringify(sliceOf(manifest, s))]),
          );
        };
        const before = slices();
        draft.services[name]!.ports = [4711];
        draft.services[name]!.version = "2.0";
        for (const [other, slice] of slices()) {
          if (slice === before.get(other)) continue;
          const uses = draft.services[other]?.depends_on ?? [];
          assert.ok(other === name || uses.includes(name), `${other} changed with ${name}`);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("may be any text at all: it is accepted or refused with a name, never a crash", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.json().map((json) => `# ${json}`),
      fc.object({ maxDepth: 6, withNullPrototype: true }).map((object) => JSON.stringify(object)),
      manifests(0, 3).chain((draft) =>
        fc.tuple(fc.nat(2000), fc.string({ unit: "binary", maxLength: 8 })).map(([at, text]) => {
          const toml = toToml(draft);
          return toml.slice(0, at % toml.length) + text + toml.slice(at % toml.length);
        }),
      ),
    );
    for (const text of tricks) for (const file of files) survives(text, file);
    fc.assert(fc.property(hostile, fc.constantFrom(...files), survives), { numRuns: 10_000 });
    assert.equal(({} as Record<string, unknown>).a, undefined);
  });
});
