import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { login } from "./databases";
import { type Finished, type Homelab, repository } from "./homelab";
import { ProcessWatch } from "./processWatch";
import { ask } from "./web";

type Secrets = Record<string, Record<string, string>>;

/** Files that SOPS encrypted, and the identity that decrypts them. */
const sops = join(repository, "tests", "unit", "cli", "sops");
const imported = { miniflux: "true story", monitoring: "a json password" };

/** Signs in to Miniflux as its page does, and keeps the cookies of the session in a file. */
const signIn = (proxy: string) => `set -eu
page() { curl --silent --show-error --fail --resolve miniflux.nixmox.lan:443:${proxy} --cookie /root/jar --cookie-jar /root/jar "$@"; }
token=$(page https://miniflux.nixmox.lan/ | sed -n 's/.*name="csrf" value="\\([^"]*\\)".*/\\1/p' | head -n 1)
page --data-urlencode "csrf=$token" --data username=admin \\
  --data-urlencode password@/var/lib/nixmox/secrets/admin-password https://miniflux.nixmox.lan/login
page --output /dev/null --write-out '%{http_code}' https://miniflux.nixmox.lan/unread`;

const unread = (proxy: string) =>
  `curl --silent --resolve miniflux.nixmox.lan:443:${proxy} --cookie /root/jar --output /dev/null --write-out '%{http_code}' https://miniflux.nixmox.lan/unread`;

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
  const assertSecret = ({ stdout, stderr }: Finished, values: readonly string[]) => {
    assert.ok(watch.size > 100);
    for (const value of values) {
      assert.ok(!(stdout + stderr).includes(value));
      assert.deepEqual(watch.find(value), []);
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
      for (const name of ["admin-password", "database-miniflux"]) {
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

    it("signs everyone out", async () => {
      const { miniflux, caddy } = await lab().services();
      const { stdout } = await lab().on(miniflux!.address, unread(caddy!.address));
      assert.equal(stdout, "302");
    });

    it("shows no value, in its output or in a process", () => {
      assertSecret(result, [...Object.values(old), ...Object.values(fresh)]);
    });
  });

  describe("an import of secrets", () => {
    let result: Finished;

    before(async () => {
      const keys = join(sops, "keys.txt");
      result = await run("import", join(sops, "secrets.json"), "--age-key-file", keys);
      assert.equal(result.status, 0, result.stderr);
      const { status, stdout, stderr } = await lab().up();
      assert.equal(status, 0, stdout + stderr);
    });

    // The lab's own configuration, and generated values, come back with the next deployment.
    after(async () => lab().deploy({}));

    it("shows no value, in its output, in a process or in the stack's file", () => {
      assertSecret(result, Object.values(imported));
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
