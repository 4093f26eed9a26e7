import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { login } from "./databases";
import { authentik } from "../sso/pages/authentik";
import { type Finished, type Homelab, repository } from "./homelab";
import { ProcessWatch } from "./processWatch";
import { shownIn } from "./secrecy";
import { ask, browse, signInToMiniflux } from "./web";

type Secrets = Record<string, Record<string, string>>;

/** Files that SOPS encrypted, and the identity that decrypts them. */
const sops = join(repository, "tests", "unit", "cli", "sops");
const imported = { miniflux: "true story", monitoring: "a json password" };

/** Prometheus as it is without single sign-on: it asks for a password of its own. */
const withPassword = `[services.monitoring.interface]
routes.prometheus.upstream_tls = true
secrets.admin-password.verify = "nixmox-login admin https://monitoring.nixmox.lan:9090/-/ready"
health.readiness = "nixmox-login admin https://monitoring.nixmox.lan:9090/-/ready </var/lib/nixmox/secrets/admin-password"
`;

/** Signs in to Miniflux as its page does, and keeps the cookies of the session in a file. */
const signIn = (proxy: string) => `set -eu
page() { curl --silent --show-error --fail --resolve miniflux.nixmox.lan:443:${proxy} --cookie /root/jar --cookie-jar /root/jar "$@"; }
token=$(page https://miniflux.nixmox.lan/ | sed -n 's/.*name="csrf" value="\\([^"]*\\)".*/\\1/p' | head -n 1)
page --data-urlencode "csrf=$token" --data username=admin \\
  --data-urlencode password@/var/lib/nixmox/secrets/admin-password https://miniflux.nixmox.lan/login
page --output /dev/null --write-out '%{http_code}' https://miniflux.nixmox.lan/unread`;

const unread = (proxy: string) =>
  `curl --silent --resolve miniflux.nixmox.lan:443:${proxy} --cookie /root/jar --output /dev/null --write-out '%{http_code}' https://miniflux.nixmox.lan/unread`;

/** What Authentik says to Miniflux's client secret on stdin, and to a code that it never gave out. */
const exchange = (proxy: string) => `set -eu
printf 'user = "miniflux:%s"' "$(cat)" | curl --config - --silent --show-error \
  --resolve authentik.nixmox.lan:443:${proxy} --cacert /etc/nixmox/ca.crt \
  --data grant_type=authorization_code --data code=none \
  --data-urlencode redirect_uri=https://miniflux.nixmox.lan/oauth2/oidc/callback \
  https://authentik.nixmox.lan/application/o/token/`;

/** The status with which Authentik answers to a token on stdin. */
const asAdministrator = `set -eu
printf 'header = "Authorization: Bearer %s"' "$(cat)" | curl --config - --silent --show-error \
  --output /dev/null --write-out '%{http_code}' http://127.0.0.1:9000/api/v3/core/users/`;

export function describeRotation(lab: () => Homelab): void {
  const secrets = () => lab().output<Secrets>("secrets");
  const watch = new ProcessWatch();

  /** Whether Miniflux or Prometheus lets the administrator in, through the proxy. */
  const isAccepted = async (service: "miniflux" | "monitoring", password: string) => {
    const page = {
      miniflux: "https://miniflux.nixmox.lan/v1/me",
      monitoring: "https://prometheus.nixmox.lan/-/ready",
    }[service];
    const { caddy } = await lab().services();
    const ca = await lab().output<string>("caCertificate");
    const { status } = await ask(page, caddy!.address, ca, password);
    assert.ok(status === 200 || status === 401, `${page} answers with ${status}`);
    return status === 200;
  };

  /** Nothing that a command printed, and no process while it ran, has one of the values. */
  const assertSecret = (
    { stdout, stderr }: Finished,
    service: string,
    values: readonly (readonly [name: string, value: string])[],
  ) => {
    assert.ok(watch.size > 100);
    for (const [name, value] of values) {
      assert.ok(!(stdout + stderr).includes(value), name);
      assert.deepEqual(shownIn(watch, `${service} ${name}`, value), [], name);
    }
  };

  const run = async (...args: string[]) => {
    watch.start();
    const finished = await lab().npm("secrets", ...args);
    watch.stop();
    return finished;
  };

  describe("a rotation of Miniflux's secrets", () => {
    let old: Record<string, string>;
    let fresh: Record<string, string>;
    let result: Finished;

    before(async () => {
      old = (await secrets()).miniflux!;
      const { miniflux, caddy } = await lab().services();
      const { stdout, stderr } = await lab().on(miniflux!.address, signIn(caddy!.address));
      assert.equal(stdout, "200", stderr);
      result = await run("rotate", "miniflux");
      fresh = (await secrets()).miniflux!;
    });

    it("says what was proven", () => {
      assert.equal(result.status, 0, result.stdout + result.stderr);
      for (const name of ["admin-password", "client-secret", "database-miniflux"]) {
        assert.match(
          result.stdout,
          new RegExp(`miniflux/${name}: miniflux accepts the new value and refuses the old one`),
        );
      }
    });

    it("is true: the old password is refused, the new one is accepted", async () => {
      assert.equal(await isAccepted("miniflux", old["admin-password"]!), false);
      assert.equal(await isAccepted("miniflux", fresh["admin-password"]!), true);
      const { miniflux, postgresql } = await lab().services();
      const psql = login(postgresql!.address, "miniflux", "miniflux");
      const as = async (password: string) => lab().on(miniflux!.address, psql, password);
      assert.match((await as(old["database-miniflux"]!)).stderr, /password authentication failed/);
      assert.equal((await as(fresh["database-miniflux"]!)).stdout.trim(), "miniflux");
    });

    it("is true at the identity provider, which knows the client by its new secret", async () => {
      const { miniflux, caddy } = await lab().services();
      const answer = async (secret: string) =>
        (await lab().on(miniflux!.address, exchange(caddy!.address), secret)).stdout;
      assert.match(await answer(old["client-secret"]!), /"invalid_client"/);
      assert.match(await answer(fresh["client-secret"]!), /"invalid_grant"/);
    });

    it("lets people sign in at the identity provider as before", () => signInToMiniflux(lab()));

    it("signs everyone out", async () => {
      const { miniflux, caddy } = await lab().services();
      const { stdout } = await lab().on(miniflux!.address, unread(caddy!.address));
      assert.equal(stdout, "302");
    });

    it("shows no value, in its output or in a process", () => {
      assertSecret(result, "miniflux", [...Object.entries(old), ...Object.entries(fresh)]);
    });
  });

  describe("a rotation of Authentik's secrets", () => {
    const names = ["admin-password", "bootstrap-token"] as const;
    let old: Record<string, string>;
    let fresh: Record<string, string>;
    const results: Finished[] = [];

    before(async () => {
      old = (await secrets()).authentik!;
      for (const name of names) results.push(await run("rotate", `authentik/${name}`));
      fresh = (await secrets()).authentik!;
    });

    it("says what was proven", () => {
      names.forEach((name, i) => {
        const { status, stdout, stderr } = results[i]!;
        assert.equal(status, 0, stdout + stderr);
        const proven = `authentik/${name}: authentik accepts the new value and refuses the old one`;
        assert.match(stdout, new RegExp(proven));
      });
    });

    it("is true: the administrator comes in with the new password alone", async () => {
      const { caddy } = await lab().services();
      await browse(caddy!.address, await lab().output("caCertificate"), async (page) => {
        const tokens = "https://authentik.nixmox.lan/if/user/";
        await page.goto(tokens);
        await authentik.asks(page);
        await authentik.enter(page, "akadmin", old["admin-password"]!);
        await page.locator("body").filter({ hasText: authentik.wrong }).waitFor();
        await page.goto(tokens);
        await authentik.enter(page, "akadmin", fresh["admin-password"]!);
        await page.waitForURL(tokens);
      });
    });

    it("is true: programs come in with the new token alone, the deployment too", async () => {
      const { authentik: host } = await lab().services();
      const status = async (token: string) =>
        (await lab().on(host!.address, asAdministrator, token)).stdout;
      assert.equal(await status(old["bootstrap-token"]!), "403");
      assert.equal(await status(fresh["bootstrap-token"]!), "200");
      // Which asks Authentik about each of its objects.
      const args = ["refresh", "--stack", "dev", "--yes", "--skip-preview", "--suppress-progress"];
      const { status: code, stdout, stderr } = await lab().pulumi(...args);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /Resources:\s+(~ \d+ updated\s+)?\d+ unchanged/);
    });

    it("keeps what people have chosen, and all other secrets", () => {
      const changed = Object.keys(fresh).filter((name) => fresh[name] !== old[name]);
      assert.deepEqual(changed.sort(), [...names]);
    });

    it("shows no value, in its output or in a process", () => {
      const values = [...Object.entries(old), ...Object.entries(fresh)];
      for (const result of results) assertSecret(result, "authentik", values);
    });

    it("is refused for the first password of a user, who may have chosen another", async () => {
      const { status, stderr } = await lab().npm("secrets", "rotate", "authentik/user-anna");
      assert.equal(status, 1);
      assert.match(stderr, /first password of anna.*npm run invite -- anna/);
    });
  });

  describe("an import of secrets", () => {
    let result: Finished;

    before(async () => {
      lab().edit("manifest/nixmox.toml", (text) =>
        text
          .replace("ports = [9090, 9093]", "ports = [9090]")
          .replace(/\[services\.monitoring\.interface\][^]*$/, withPassword),
      );
      const keys = join(sops, "keys.txt");
      result = await run("import", join(sops, "secrets.json"), "--age-key-file", keys);
      assert.equal(result.status, 0, result.stderr);
      const { status, stdout, stderr } = await lab().up();
      assert.equal(status, 0, stdout + stderr);
    });

    // The lab's own configuration, and generated values, come back with the next deployment.
    after(async () => lab().deploy({}));

    it("shows no value, in its output, in a process or in the stack's file", () => {
      for (const [service, value] of Object.entries(imported)) {
        assertSecret(result, service, [["admin-password", value]]);
      }
      const file = lab().read("Pulumi.dev.yaml");
      assert.match(file, /admin-password:\s+secure: v1:/);
      for (const value of Object.values(imported)) assert.ok(!file.includes(value));
    });

    it("replaces the generated values, as any choice by hand does", async () => {
      for (const [service, value] of Object.entries(imported)) {
        assert.equal(await isAccepted(service as keyof typeof imported, value), true, service);
      }
    });

    it("makes them chosen: they are listed so, and not rotated", async () => {
      const { stdout } = await lab().npm("secrets", "list");
      assert.match(stdout, /^miniflux\/admin-password .* chosen /m);
      assert.match(stdout, /^miniflux\/database-miniflux .* generated /m);
      const { status, stderr } = await lab().npm("secrets", "rotate", "miniflux/admin-password");
      assert.equal(status, 1);
      assert.match(stderr, /pulumi config set --secret --path 'nixmox:secrets\.miniflux\./);
    });

    it("changes nothing if the file was tampered with", async () => {
      const before = lab().read("Pulumi.dev.yaml");
      const text = lab().read("tests/unit/cli/sops/secrets.yaml");
      lab().write(".nixmox/bad.yaml", text.replace(/^ +database-miniflux: .*\n/m, ""));
      const keys = join(sops, "keys.txt");
      const args = [".nixmox/bad.yaml", "--age-key-file", keys];
      const { status, stderr } = await lab().npm("secrets", "import", ...args);
      assert.equal(status, 1);
      assert.match(stderr, /its MAC does not match/);
      assert.equal(lab().read("Pulumi.dev.yaml"), before);
    });
  });
}
