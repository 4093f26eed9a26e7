import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import { quote } from "../../components/script";
import { destroyLab } from "../../lab/lab";
import { buildExtras, extrasOf } from "../../lab/template/extras";
import { Browser } from "./keycloak/browser";
import { KeycloakHosts, names, publicName, secrets } from "./keycloak/hosts";
import { execute, TestLab } from "./pve/testLab";

const site = `https://${publicName}`;
const guarded = "https://files.lab.test/";

/** The real Keycloak and oauth2-proxy, on PostgreSQL, as this project's NixOS modules configure them. */
describe("Keycloak's host", function () {
  this.timeout("20m");
  let lab: TestLab | undefined;
  let hosts: KeycloakHosts;
  let seconds = 0;

  before(async () => {
    await buildExtras(extrasOf(["keycloak"]), () => undefined);
    lab = await TestLab.start();
    hosts = new KeycloakHosts(lab);
    await hosts.create();
    await hosts.configure("postgresql");
    await hosts.createDatabase();
    seconds = await hosts.configure("keycloak");
    await hosts.admitProxy();
  });

  after(async () => {
    if (!lab) return;
    await destroyLab({ dir: lab.dir, log: () => undefined });
    lab.removeFolder();
  });

  const verify = async (name: string, value: string) =>
    Number(
      await hosts.on(
        "keycloak",
        `printf %s ${quote(value)} | nixmox-keycloak verify ${name} 2>/dev/null; echo $?`,
      ),
    );

  it("is active once Keycloak is ready, in little memory", async () => {
    const states = await hosts.on("keycloak", "systemctl is-active keycloak oauth2-proxy");
    assert.equal(states, "active\nactive");
    await hosts.on("keycloak", "curl --fail --silent http://127.0.0.1:9000/health/ready");
    const memory = await hosts.on(
      "keycloak",
      "ps -o rss= -C java | awk '{ sum += $1 } END { print int(sum / 1024) }'",
    );
    assert.ok(Number(memory) > 100 && Number(memory) < 900, `Java uses ${memory} MB`);
    console.log(`      configured in ${seconds} s, Java uses ${memory} MB`);
  });

  it("serves the proxy over TLS with its own certificate, and is known by its public name", async () => {
    const to = (port: number) => [
      ...["--silent", "--fail", "--cacert", hosts.ca, "--max-time", "20"],
      ...["--connect-to", `${names.keycloak}:${port}:${hosts.address("keycloak")}:${port}`],
    ];
    const url = `https://${names.keycloak}:8443/realms/master/.well-known/openid-configuration`;
    const { code, stdout } = await execute("curl", [...to(8443), url]);
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { issuer: string }).issuer, `${site}/realms/master`);
    const ping = await execute("curl", [...to(4180), `https://${names.keycloak}:4180/ping`]);
    assert.equal(ping.stdout, "OK");
  });

  it("opens its API and its health to nobody else", async () => {
    const isOpen = (port: number) =>
      new Promise<boolean>((resolve) => {
        const socket = connect({ host: hosts.address("keycloak"), port, timeout: 1500 });
        const end = (open: boolean) => {
          socket.destroy();
          resolve(open);
        };
        socket.on("connect", () => end(true));
        socket.on("timeout", () => end(false));
        socket.on("error", () => end(false));
      });
    const open = await Promise.all([8443, 4180, 8080, 9000].map(isOpen));
    assert.deepEqual(open, [true, true, false, false]);
  });

  it("accepts the administrators' secrets of its files and no others", async () => {
    for (const name of ["admin-password", "bootstrap-secret"]) {
      assert.equal(await verify(name, secrets[name]!), 0, name);
      assert.equal(await verify(name, "wrong"), 1, name);
    }
    assert.equal(await verify("other", "any"), 2);
  });

  it("keeps secrets out of command lines, environments, the journal and the store", async () => {
    for (const [name, value] of Object.entries(secrets)) {
      const places = "/proc/[0-9]*/cmdline /proc/[0-9]*/environ";
      const found = await hosts.on(
        "keycloak",
        `echo ${Buffer.from(value).toString("base64")} | base64 -d >/root/canary
         { grep -lFf /root/canary ${places}; grep -rlFf /root/canary /nix/store
           journalctl --no-pager | grep -Ff /root/canary; } 2>/dev/null; rm /root/canary`,
      );
      assert.equal(found, "", name);
    }
  });

  it("takes new values of both at once, without a restart, and forgets the old ones", async () => {
    const old = { ...secrets };
    for (const name of ["admin-password", "bootstrap-secret"]) {
      hosts.writeSecret(name, randomBytes(16).toString("hex"));
    }
    await hosts.on("keycloak", "nixmox-keycloak apply");
    for (const name of ["admin-password", "bootstrap-secret"]) {
      assert.equal(await verify(name, secrets[name]!), 0, name);
      assert.equal(await verify(name, old[name]!), 1, name);
    }
  });

  it("takes a new value with a restart, too", async () => {
    hosts.writeSecret("admin-password", randomBytes(16).toString("hex"));
    await hosts.on("keycloak", "systemctl restart keycloak", 300);
    assert.equal(await verify("admin-password", secrets["admin-password"]!), 0);
  });

  describe("with a realm", () => {
    let anna: Browser;
    const password = "only for this test";

    /** A request to Keycloak's API, on its own host, as the deployment's client. */
    const api = (method: string, path: string, body?: unknown) =>
      hosts.on(
        "keycloak",
        `token=$(curl --silent --fail -d grant_type=client_credentials -d client_id=nixmox \\
           --data-urlencode client_secret@/var/lib/nixmox/secrets/bootstrap-secret \\
           http://127.0.0.1:8080/realms/master/protocol/openid-connect/token | jq -r .access_token)
         curl --silent --show-error --fail-with-body -X ${method} -H "Authorization: Bearer $token" \\
           ${body === undefined ? "" : `-H 'Content-Type: application/json' -d ${quote(JSON.stringify(body))}`} \\
           http://127.0.0.1:8080/admin/realms${path}`,
      );
    const idOf = async (path: string) =>
      (JSON.parse(await api("GET", path)) as { id: string }[])[0]!.id;

    before(async () => {
      await api("POST", "", { realm: "nixmox", enabled: true });
      await api("POST", "/nixmox/groups", { name: "readers" });
      for (const [username, firstName] of [["anna", "Anna"] as const, ["bert", "Bert"] as const]) {
        await api("POST", "/nixmox/users", {
          ...{ username, email: `${username}@lab.test`, emailVerified: true, enabled: true },
          ...{ firstName, lastName: "Example", groups: ["readers"] },
          credentials: [{ type: "password", value: password, temporary: false }],
        });
      }
      await api("POST", "/nixmox/clients", {
        ...{ clientId: "oauth2-proxy", secret: secrets["forward-auth-secret"] },
        redirectUris: [`${site}/oauth2/callback`],
        protocolMappers: [
          {
            ...{ name: "groups", protocol: "openid-connect" },
            protocolMapper: "oidc-group-membership-mapper",
            config: { "claim.name": "groups", "full.path": "false", "id.token.claim": "true" },
          },
        ],
      });
      anna = new Browser(publicName, hosts.address("keycloak"));
    });
    after(() => anna.close());

    it("refuses a request without a sign-in", async () => {
      assert.equal((await anna.open(`${site}/oauth2/auth?allowed_groups=readers`)).status, 401);
    });

    it("sends a browser to sign in, with a challenge that only its own code answers", async () => {
      const page = await anna.open(`${site}/oauth2/start?rd=${guarded}`);
      assert.equal(page.status, 302);
      const target = new URL(page.header("location")!);
      assert.equal(target.origin, site);
      assert.equal(target.searchParams.get("code_challenge_method"), "S256");
      assert.equal(target.searchParams.get("redirect_uri"), `${site}/oauth2/callback`);
    });

    it("never sends one to another site afterwards", async () => {
      const other = new Browser(publicName, hosts.address("keycloak"));
      const elsewhere = encodeURIComponent("https://evil.example/");
      const page = await other.signIn(`${site}/oauth2/start?rd=${elsewhere}`, "anna", password);
      other.close();
      assert.equal(page.header("location"), "/");
    });

    it("lets a member of the group pass and names the user, and nobody of another group", async () => {
      const page = await anna.signIn(`${site}/oauth2/start?rd=${guarded}`, "anna", password);
      assert.equal(page.header("location"), guarded);
      const cookie = page.header("set-cookie") ?? "";
      for (const part of [/domain=\.?lab\.test/i, /HttpOnly/i, /Secure/i, /SameSite=Lax/i]) {
        assert.match(cookie, part);
      }
      const passed = await anna.open(`${site}/oauth2/auth?allowed_groups=readers,others`);
      assert.equal(passed.status, 202);
      assert.deepEqual(
        ["Preferred-Username", "Email", "Groups"].map((n) => passed.header(`X-Auth-Request-${n}`)),
        ["anna", "anna@lab.test", "readers"],
      );
      assert.equal((await anna.open(`${site}/oauth2/auth?allowed_groups=others`)).status, 403);
      assert.equal((await anna.open(`${site}/oauth2/auth`)).status, 202);
    });

    it("ends the session at Keycloak, too, when someone signs out", async () => {
      const other = new Browser(publicName, hosts.address("keycloak"));
      const start = `${site}/oauth2/start?rd=${guarded}`;
      await other.signIn(start, "bert", password);
      const asked = async () =>
        (await other.open((await other.open(start)).header("location")!)).status;
      assert.equal(await asked(), 302, "there is no session to end");
      assert.equal((await other.open(`${site}/oauth2/sign_out`)).status, 302);
      assert.equal((await other.open(`${site}/oauth2/auth`)).status, 401);
      assert.equal(await asked(), 200);
      other.close();
    });

    it("stops letting people pass a minute after access was taken away", async () => {
      const bert = new Browser(publicName, hosts.address("keycloak"));
      await bert.signIn(`${site}/oauth2/start?rd=${guarded}`, "bert", password);
      assert.equal((await bert.open(`${site}/oauth2/auth`)).status, 202);
      const id = (user: string) => idOf(`/nixmox/users?username=${user}`);
      const group = await idOf("/nixmox/groups?search=readers");
      await api("DELETE", `/nixmox/users/${await id("anna")}/groups/${group}`);
      await api("PUT", `/nixmox/users/${await id("bert")}`, { enabled: false });
      await sleep(62_000);
      assert.equal((await anna.open(`${site}/oauth2/auth?allowed_groups=readers`)).status, 403);
      assert.equal((await anna.open(`${site}/oauth2/auth`)).status, 202);
      assert.equal((await bert.open(`${site}/oauth2/auth`)).status, 401);
      bert.close();
    });
  });
});
