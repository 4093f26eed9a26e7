import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Homelab } from "./homelab";
import { ProcessWatch } from "./processWatch";

/** Shell text that prints the files of a host's Nix store and journal which contain stdin. */
export const search = [
  "set -eu; umask 077; pattern=$(mktemp); trap 'rm -f $pattern' EXIT; cat > $pattern",
  "grep --recursive --files-with-matches --fixed-strings --file=$pattern /nix/store /etc /run/systemd /var/log /var/lib/nixmox/build /root || true",
  "journalctl --no-pager --quiet | grep --fixed-strings --file=$pattern || true",
  "echo searched",
].join("\n");

/**
 * Authentik reads its first token and password from its environment alone, which a file that only
 * root reads gives to it: the one variable that may have such a secret, by the secret's name.
 */
const environments: Readonly<Record<string, string>> = {
  "authentik admin-password": "AUTHENTIK_BOOTSTRAP_PASSWORD",
  "authentik bootstrap-token": "AUTHENTIK_BOOTSTRAP_TOKEN",
};

/** The words and variables of processes that have a secret and should not. */
export function shownIn(watch: ProcessWatch, name: string, value: string): string[] {
  return watch
    .find(value)
    .flatMap((text) => text.split("\0").filter((each) => each.includes(value)))
    .filter((each) => each !== `${environments[name]}=${value}`)
    .map((each) => each.replaceAll(value, "…"));
}

/** The secrets in files of each service that has some, and who owns all of them: root. */
const files: Readonly<Record<string, readonly string[]>> = {
  authentik: ["admin-password", "bootstrap-token", "database-authentik", "secret-key"],
  miniflux: ["admin-password", "client-secret", "database-miniflux", "server.crt", "server.key"],
  monitoring: ["server.crt", "server.key"],
  caddy: ["authority.crt", "authority.key"],
};

export function describeSecrecy(lab: () => Homelab, eventLog: () => string): void {
  describe("secrets", () => {
    const all = async () => {
      const own = await lab().output<Record<string, Record<string, string>>>("secrets");
      const token = readFileSync(join(lab().project, ".nixmox", "lab", "api-token"), "utf8").trim();
      const key = readFileSync(join(lab().project, ".nixmox", "ssh", "id_ed25519"), "utf8");
      return Object.entries({
        ...Object.fromEntries(
          Object.entries(own).flatMap(([service, secrets]) =>
            Object.entries(secrets).map(([name, value]) => [`${service} ${name}`, value]),
          ),
        ),
        ...(await certificateKeys(lab())),
        "api token": token,
        "ssh key": key,
      }).map(([name, value]): [string, string] => [name, secretPart(value)]);
    };

    it("there are some to look for", async () => {
      assert.deepEqual((await all()).map(([name]) => name).sort(), [
        "api token",
        "authentik admin-password",
        "authentik bootstrap-token",
        "authentik database-authentik",
        "authentik secret-key",
        "authentik user-anna",
        "key of caddy-authority",
        "key of miniflux-certificate",
        "key of monitoring-certificate",
        "key of nixmox-ca",
        "key of postgresql-certificate",
        "miniflux admin-password",
        "miniflux client-secret",
        "miniflux database-miniflux",
        "ssh key",
      ]);
    });

    it("are encrypted in the state", async () => {
      const { stdout } = await lab().pulumi("stack", "export", "--stack", "dev");
      assert.match(stdout, /"ciphertext": "v1:/);
      for (const [name, value] of await all()) assert.ok(!stdout.includes(value), name);
      const backend = join(lab().project, ".nixmox", "state");
      for (const [name, value] of await all()) {
        assert.deepEqual(grep(value, backend), [], name);
      }
    });

    it("were printed nowhere", async () => {
      assert.ok(lab().printed.length > 1000);
      for (const [name, value] of await all()) assert.ok(!lab().printed.includes(value), name);
    });

    it("are in no event log, which has what the program registered", async () => {
      const events = readFileSync(eventLog(), "utf8");
      assert.match(events, /miniflux-secret-admin-password/);
      assert.match(events, /miniflux-sign-in-provider/);
      for (const [name, value] of await all()) assert.ok(!events.includes(value), name);
    });

    it("are in no output of a preview with --debug or --json", async () => {
      for (const flag of ["--debug", "--json"]) {
        const { status, stdout, stderr } = await lab().quietly("preview", "--stack", "dev", flag);
        assert.equal(status, 0, stderr);
        assert.match(stdout, /nixmox-dev/);
        for (const [name, value] of await all()) {
          assert.ok(!(stdout + stderr).includes(value), `${name} with ${flag}`);
        }
      }
    });

    it("are in no output of an update or of what asks about past ones", async () => {
      for (const args of [
        ["up", "--yes", "--skip-preview", "--json", "--debug"],
        ["up", "--yes", "--skip-preview", "--diff", "--show-config", "--show-sames"],
        ["stack", "history", "--json"],
        ["stack", "output", "--json"],
      ]) {
        const { status, stdout, stderr } = await lab().quietly(...args, "--stack", "dev");
        assert.equal(status, 0, stderr);
        assert.ok(stdout.length > 100, args.join(" "));
        for (const [name, value] of await all()) {
          assert.ok(!(stdout + stderr).includes(value), `${name} in ${args.join(" ")}`);
        }
      }
    });

    it("would be found there if they were shown", async () => {
      const { stdout } = await lab().quietly("stack", "output", "--stack", "dev", "--show-secrets");
      const found = (await all()).filter(([, value]) => stdout.includes(value));
      assert.ok(found.length >= 2, stdout.slice(0, 100));
    });

    it("were in no command line while the services came up, and in no other environment", async () => {
      assert.ok(lab().watch.size > 100);
      for (const [name, value] of await all()) {
        assert.deepEqual(shownIn(lab().watch, name, value), [], name);
      }
    });

    it("are in no Nix store, no /etc and no journal of any host", async () => {
      const secrets = await all();
      const values = secrets.map(([, value]) => value).join("\n");
      for (const [service, { address }] of Object.entries(await lab().services())) {
        const { stdout } = await lab().on(address, search, values);
        const names = secrets.filter(([, value]) => stdout.includes(value)).map(([name]) => name);
        const found = stdout.split("\n").filter((line) => line.startsWith("/"));
        assert.deepEqual({ names, found }, { names: [], found: [] }, service);
        assert.equal(stdout.length, "searched\n".length, service);
      }
    });

    it("are in no file of the project", async () => {
      for (const [name, value] of await all()) {
        const found = grep(value, lab().project).filter((f) => !f.includes("/.nixmox/"));
        assert.deepEqual(found, [], name);
      }
    });

    it("are files that only their owner can read", async () => {
      const services = await lab().services();
      const list = "cd /var/lib/nixmox/secrets && stat -c '%n %a %U' * && stat -c '%a %U' .";
      for (const [service, names] of Object.entries(files)) {
        const lines = names.map((name) => `${name} ${name.endsWith(".crt") ? 444 : 400} root\n`);
        const { stdout } = await lab().on(services[service]!.address, list);
        assert.equal(stdout, `${lines.join("")}711 root\n`, service);
      }
      // What gave Authentik's environment its secrets, and what it last accepted.
      const others =
        "cd /run/authentik-bootstrap && ls; cd /var/lib/nixmox && stat -c '%a %U' authentik authentik/*";
      const { stdout } = await lab().on(services.authentik!.address, others);
      assert.equal(stdout, "700 root\n400 root\n");
    });

    it("are on no host, if it is the root's key, and on one, if it is another one", async () => {
      const keys = Object.entries(await certificateKeys(lab())).map(([name, value]) => ({
        name,
        part: secretPart(value),
      }));
      const everywhere =
        "grep -rhoFf - /etc /home /nix /opt /root /run /srv /tmp /var 2>/dev/null; true";
      const parts = keys.map(({ part }) => part).join("\n");
      const found: Record<string, string[]> = {};
      for (const [service, { address }] of Object.entries(await lab().services())) {
        const { stdout } = await lab().on(address, everywhere, parts);
        for (const { name, part } of keys) {
          if (stdout.includes(part)) (found[name] ??= []).push(service);
        }
      }
      assert.deepEqual(found, {
        "key of caddy-authority": ["caddy"],
        "key of miniflux-certificate": ["miniflux"],
        "key of monitoring-certificate": ["monitoring"],
        "key of postgresql-certificate": ["postgresql"],
      });
    });

    describe("a planted canary", () => {
      const canary = "canary-7f3e9a41c0d2";

      it("is found in a command line and an environment", () => {
        const watch = new ProcessWatch();
        const argument = spawn("sleep", ["5", `0.${"0".repeat(9)}`], {
          env: { CANARY: canary },
          argv0: `sleep-${canary}`,
        });
        watch.look();
        argument.kill();
        assert.ok(watch.find(canary).length >= 2, String(watch.find(canary).length));
      });

      it("is found in a Nix store and a journal", async () => {
        const { dns } = await lab().services();
        const plant =
          "c=$(cat); printf %s $c > /tmp/planted; nix-store --add /tmp/planted; rm /tmp/planted; " +
          "printf %s $c | systemd-cat -t planted; journalctl --sync; " +
          "for i in $(seq 50); do journalctl --quiet -t planted | grep -q . && break; sleep 0.1; done";
        const planted = await lab().on(dns!.address, plant, canary);
        const { stdout } = await lab().on(dns!.address, search, canary);
        await lab().on(dns!.address, `nix-store --delete ${planted.stdout.trim()}`);
        assert.match(stdout, /\/nix\/store\/.*planted/);
        assert.match(stdout, new RegExp(`planted.*${canary}`));
      });
    });
  });
}

/** The private keys that the deployment made, which only the state has. */
async function certificateKeys(lab: Homelab): Promise<Record<string, string>> {
  const { stdout } = await lab.quietly("stack", "export", "--stack", "dev", "--show-secrets");
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { urn: string; outputs?: { stdout?: { plaintext?: string } } }[] };
  };
  return Object.fromEntries(
    deployment.resources.flatMap(({ urn, outputs }) => {
      const printed = String(JSON.parse(outputs?.stdout?.plaintext ?? '""'));
      const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(printed)?.[0];
      return key === undefined ? [] : [[`key of ${urn.split("::").at(-1)}`, key]];
    }),
  );
}

/** The part of a secret that no other text has: for a PEM key, a line from its middle. */
export function secretPart(value: string): string {
  const lines = value.trim().split("\n");
  return lines[Math.floor(lines.length / 2)]!;
}

export function grep(text: string, folder: string): string[] {
  const args = ["--recursive", "--files-with-matches", "--fixed-strings", "--file=-", folder];
  try {
    const options = { input: text, encoding: "utf8", maxBuffer: 1 << 26 } as const;
    return execFileSync("grep", args, options).split("\n").filter(Boolean);
  } catch (error) {
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}
