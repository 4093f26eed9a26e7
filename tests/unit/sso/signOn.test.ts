import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { type Run, runProgram } from "../program";
import { type Recorded, strip } from "../recorder";
import { conforms } from "./conformance";
import { app, kinds, manifestWith, metrics, notes, write } from "./manifest";
import { observers } from "./observe";

const folder = mkdtempSync(join(tmpdir(), "nixmox-sso-"));
after(() => rmSync(folder, { recursive: true }));

const run = async (text: string) => runProgram(write(folder, text));
const isSignOn = ({ type }: Recorded) => /^(authentik|keycloak):/.test(type);

for (const kind of kinds) {
  describe(`single sign-on by ${kind}`, () => {
    let recorded: Run;
    before(async () => {
      recorded = await run(manifestWith(kind, notes + app + metrics));
    });
    const get = (name: string) =>
      recorded.resources.get(name) ?? assert.fail(`there is no ${name}`);
    const all = () => [...recorded.resources.values()];

    conforms(kind, () => observers[kind](recorded.resources));

    it("tells a service what it gets", () => {
      const { outputs } = get("notes-sign-in");
      assert.deepEqual(outputs, {
        issuer: {
          authentik: "https://authentik.nixmox.lan/application/o/notes/",
          keycloak: "https://keycloak.nixmox.lan/realms/nixmox",
        }[kind],
        clientId: "notes",
        secretFile: "/var/lib/nixmox/secrets/client-secret",
      });
      const { forwardAuth } = get("metrics-sign-in-metrics").outputs as {
        forwardAuth: { address: string; headers: string[] };
      };
      assert.equal(
        forwardAuth.address,
        {
          authentik: "http://192.168.99.12:9000/outpost.goauthentik.io/auth/caddy",
          keycloak: "https://192.168.99.12:4180/oauth2/auth?allowed_groups=operators",
        }[kind],
      );
      assert.ok(forwardAuth.headers.includes("X-Forwarded-User"));
    });

    it("sends every secret as a secret", () => {
      const plain = JSON.stringify(
        all()
          .filter(isSignOn)
          .map(({ inputs }) => strip(inputs)),
      );
      for (const { name, type } of all()) {
        if (type.endsWith("RandomPassword")) assert.ok(!plain.includes(`${name}-result`), name);
      }
    });

    it("waits for what it needs, and is waited for", () => {
      assert.deepEqual(get(`${kind}-directory`).dependsOn, [`${kind}-health`]);
      for (const name of ["notes-sign-in", "metrics-sign-in-metrics"]) {
        const { dependsOn } = get(name);
        assert.ok(dependsOn.includes(`${kind}-directory-group-readers`), name);
        assert.ok(
          dependsOn.every((each) => each.startsWith(`${kind}-directory`)),
          name,
        );
      }
      const waitsFor = (name: string) => get(name).dependsOn.filter((each) => /sign-in/.test(each));
      assert.notDeepEqual(waitsFor("notes-system-switch"), []);
      assert.deepEqual(waitsFor("metrics-system-switch"), []);
    });

    it("goes with its provider's container, and is asked for with explicit access", () => {
      for (const { name, deletedWith } of all().filter(isSignOn)) {
        assert.equal(deletedWith, `${kind}-container`, name);
      }
      const url = get(`${kind}-directory-api`).inputs.url;
      assert.equal(url, "http://127.0.0.1:1");
    });

    it("adds at most five rows for a client, and four for a guarded route", () => {
      const rows = (prefix: string) =>
        all().filter(({ name }) => name === prefix || name.startsWith(`${prefix}-`)).length;
      assert.ok(rows("notes-sign-in") <= 5);
      assert.ok(rows("metrics-sign-in") <= 5);
      assert.ok(rows("metrics-sign-in") - 1 <= 4);
    });

    it("exports first passwords as the provider's secrets", async () => {
      const secrets = await new Promise<Record<string, Record<string, string>>>(
        (resolve) => void recorded.exports.secrets.apply((value) => resolve(value as never)),
      );
      assert.equal(secrets[kind]!["user-anna"], `${kind}-directory-user-anna-password-result`);
      assert.equal(secrets[kind]!["user-bob"], undefined);
    });

    it("removes a service's objects with the service, and changes no other", async () => {
      const fewer = await run(manifestWith(kind, app + metrics));
      const before = observers[kind](recorded.resources);
      const { notes: _, ...clients } = before.clients;
      assert.deepEqual(observers[kind](fewer.resources), { ...before, clients });
      for (const [name, { inputs }] of fewer.resources) {
        if (/-sign-in/.test(name)) assert.deepEqual(inputs, get(name).inputs, name);
      }
    });

    it("changes a redirect URI at the client alone, and keeps its secret", async () => {
      const moved = notes.replace("/oauth2/callback", "/moved");
      const other = await run(manifestWith(kind, moved + app + metrics));
      const changed = all().filter(({ name, inputs, type }) => {
        const now = other.resources.get(name);
        return (
          !/system-(build|switch)|health/.test(name) &&
          type !== "" &&
          JSON.stringify(now?.inputs) !== JSON.stringify(inputs)
        );
      });
      assert.deepEqual(
        changed.map(({ name }) => name),
        [{ authentik: "notes-sign-in-provider", keycloak: "notes-sign-in-client" }[kind]],
      );
    });
  });
}

describe("another identity provider", () => {
  it("replaces nothing but sign-ins and the provider's own host", async () => {
    const [one, other] = [
      await run(manifestWith("authentik", notes + app + metrics)),
      await run(manifestWith("keycloak", notes + app + metrics)),
    ];
    const gone = [...one.resources.keys()].filter((name) => !other.resources.has(name));
    for (const name of gone)
      assert.match(name, /^authentik(-|$)|-sign-in-?|-access-authentik$|-route-authentik\./);
    for (const part of ["container", "secret-client-secret-value", "sign-in"]) {
      const name = `notes-${part}`;
      assert.deepEqual(other.resources.get(name)?.inputs, one.resources.get(name)?.inputs, name);
    }
  });
});
