import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { FakePostgres, type Identity } from "./fakePostgres";
import type { Homelab, ServiceOutput } from "./homelab";
import { ask } from "./web";

export const health = "https://miniflux.nixmox.lan/healthcheck";
const upstream = "miniflux.host.nixmox.lan";

/** Shell text that logs in to the database server with psql and what is known of it. */
export function psql(options: string): string {
  return [
    "set -eu; umask 077; pass=$(mktemp); trap 'rm -f $pass' EXIT",
    `printf '*:*:*:*:%s\\n' "$(cat)" > $pass`,
    `PGPASSFILE=$pass psql "user=miniflux dbname=miniflux connect_timeout=5 ${options}" ` +
      "--no-psqlrc --no-password --tuples-only --no-align --command='SELECT current_user'",
  ].join("\n");
}

/** Trusts nothing but the server that it names. */
export const verified =
  "host=postgresql.nixmox.lan sslmode=verify-full sslrootcert=/etc/nixmox/ca.crt";

/** What certificates are tried with: addresses, Miniflux's database password, the root. */
export async function deployed(lab: Homelab) {
  const secrets = await lab.output<Record<string, Record<string, string>>>("secrets");
  return {
    services: await lab.services(),
    password: secrets.miniflux!["database-miniflux"]!,
    ca: await lab.output<string>("caCertificate"),
  };
}

export function describeCertificates(lab: () => Homelab): void {
  describe("certificates", () => {
    let services: Record<string, ServiceOutput>;
    let password: string;
    let ca: string;
    const address = (service: string) => services[service]!.address;
    const onMiniflux = (script: string, stdin = "") => lab().on(address("miniflux"), script, stdin);

    before(async () => {
      ({ services, password, ca } = await deployed(lab()));
    });

    describe("of the database server", () => {
      it("are required: a connection without TLS is refused before the password is sent", async () => {
        const plain = psql("host=postgresql.nixmox.lan sslmode=disable");
        const { status, stderr } = await onMiniflux(plain, password);
        assert.notEqual(status, 0);
        assert.match(stderr, /no pg_hba\.conf entry .*no encryption/);
      });

      it("let in a client that checks the name and binds its login to the connection", async () => {
        const bound = psql(`${verified} channel_binding=require`);
        const { stdout, stderr } = await onMiniflux(bound, password);
        assert.equal(stdout, "miniflux\n", stderr);
      });

      it("are for TLS 1.3 alone", async () => {
        const old = psql(`${verified} ssl_max_protocol_version=TLSv1.2`);
        const { status, stderr } = await onMiniflux(old, password);
        assert.notEqual(status, 0);
        assert.match(stderr, /protocol version/);
      });
    });

    describe("protect the database's password from a server that took its address", () => {
      let gateway: string;
      let own: Identity;
      let neighbour: Identity;
      let fake: FakePostgres | undefined;

      before(async () => {
        gateway = address("miniflux").replace(/\d+$/, "1");
        own = selfSigned("postgresql.nixmox.lan");
        const secrets = "/var/lib/nixmox/secrets";
        neighbour = {
          cert: (await onMiniflux(`cat ${secrets}/server.crt`)).stdout,
          key: (await onMiniflux(`cat ${secrets}/server.key`)).stdout,
        };
      });
      after(async () => {
        const restore = "sed -i '/# taken/d' /etc/hosts; systemctl reset-failed miniflux; true";
        await onMiniflux(`${restore}; nft delete table ip taken; systemctl restart miniflux`);
      });

      /** Answers in the server's place, to anything on Miniflux's host that asks. */
      const takeOver = async (identity: Identity | undefined) => {
        await fake?.stop();
        fake = await FakePostgres.start(gateway, identity);
        const to = `ip daddr ${address("postgresql")} tcp dport 5432`;
        const rules = `table ip taken { chain out { type nat hook output priority -100; ${to} dnat to ${gateway}:${fake.port}; }; }`;
        const { status, stderr } = await onMiniflux(
          "nft delete table ip taken 2>/dev/null; nft -f -",
          rules,
        );
        assert.equal(status, 0, stderr);
        return fake;
      };

      for (const [what, identity] of [
        ["with a certificate of its own", () => own],
        ["with another host's certificate of the same authority", () => neighbour],
        ["without TLS", () => undefined],
      ] as const) {
        it(what, async () => {
          const taken = await takeOver(identity());
          // Who does not check gives it away: the fake works.
          const careless = psql("host=postgresql.nixmox.lan sslmode=prefer");
          await onMiniflux(careless, password);
          assert.deepEqual(taken.passwords.splice(0), [password]);

          const { stderr } = await onMiniflux(psql(verified), password);
          assert.match(stderr, /certificate|does not support SSL/);
          const before = taken.connections;
          const restart = "systemctl restart miniflux; journalctl -u miniflux --no-pager -n 20";
          const { stdout } = await onMiniflux(restart);
          assert.match(stdout, /certificate|SSL is not enabled/);
          assert.ok(taken.connections > before, "Miniflux did not ask");
          assert.deepEqual(taken.passwords, []);
        });
      }
      after(() => fake?.stop());
    });

    describe("of a service behind the proxy", () => {
      /** Answers at Miniflux's address with a certificate of this host, while Miniflux is away. */
      const impostor = (cert: string, key: string) =>
        onMiniflux(
          "systemctl stop miniflux; systemctl reset-failed fake 2>/dev/null; " +
            "systemd-run --quiet --unit fake openssl s_server -accept 8080 -www " +
            `-cert ${cert} -key ${key} && sleep 0.5`,
        );
      after(async () => {
        await onMiniflux("systemctl stop fake; systemctl start miniflux");
      });

      it("are checked: a server with another one gets no request", async () => {
        const { cert, key } = selfSigned(upstream);
        await onMiniflux("cat > /run/own.pem", cert + key);
        await impostor("/run/own.pem", "/run/own.pem");
        assert.equal((await ask(health, address("caddy"), ca)).status, 502);
        await onMiniflux("systemctl stop fake; rm /run/own.pem");
        // The same server with the right one is asked: the detector works.
        const folder = "/var/lib/nixmox/secrets";
        await impostor(`${folder}/server.crt`, `${folder}/server.key`);
        assert.equal((await ask(health, address("caddy"), ca)).status, 200);
      });

      it("are required: it serves nothing without TLS", async () => {
        await onMiniflux("systemctl stop fake; systemctl start miniflux");
        const { stdout } = await lab().on(
          address("caddy"),
          `curl --silent --max-time 5 http://${address("miniflux")}:8080/healthcheck`,
        );
        assert.match(stdout, /HTTP request to an HTTPS server/);
      });
    });
  });
}

/** A certificate that no authority has signed. */
function selfSigned(name: string): Identity {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-self-signed-"));
  try {
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const words = ["req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2"];
    const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
    execFileSync("openssl", [...words, ...names, "-keyout", key, "-out", cert], { stdio: "pipe" });
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
