import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { formatPath } from "../../manifest/issue";
import { sliceOf } from "../../manifest/slice";
import { base, issuesOf, load } from "./fixtures";
import { find, git, oidc, withProvider } from "./signOn";
import { type Kind, kinds } from "./sso/manifest";

const signInsOf = (text: string) => find(load(text), "git").interface.sign_ins;

describe("a service at which users sign in", () => {
  for (const [kind, issuer] of [
    ["authentik", "https://authentik.nixmox.lan/application/o/git/"],
    ["keycloak", "https://keycloak.nixmox.lan/realms/nixmox"],
  ] as const) {
    it(`is a client with a secret in a file (${kind})`, () => {
      const { manifest } = load(
        git(`interface.route = {}\ninterface.auth = ${oidc(', admin_group = "operators"')}`, kind),
      );
      const service = manifest.services.find(({ name }) => name === "git")!;
      assert.deepEqual(Object.keys(service.interface.sign_ins), ["default"]);
      assert.equal(service.interface.secrets["client-secret"]?.restart[0], "git.service");
      assert.deepEqual(sliceOf(manifest, service).signIns, {
        default: {
          groups: ["readers"],
          issuer,
          clientId: "git",
          clientType: "confidential",
          clientSecretFile: "/var/lib/nixmox/secrets/client-secret",
          redirectUris: ["https://git.nixmox.lan/cb"],
          scopes: ["openid", "email", "profile"],
          usernameClaim: "preferred_username",
          groupsClaim: "groups",
          adminGroup: "operators",
        },
      });
      assert.equal(sliceOf(manifest, service).signOn, null);
    });
  }

  it("has no secret as a public client", () => {
    const text = git(`interface.auth = ${oidc(', client_type = "public", client_id = "cli"')}`);
    const { interface: own } = find(load(text), "git");
    assert.deepEqual(own.secrets, {});
    assert.equal(own.sign_ins.default?.client?.secret, undefined);
    assert.equal(own.sign_ins.default?.client?.client_id, "cli");
  });

  it("may say how its client's secret is kept", () => {
    const { secrets } = find(
      load(
        git(
          `interface.auth = ${oidc()}\ninterface.secrets.client-secret = { owner = "git", length = 64 }`,
        ),
      ),
      "git",
    ).interface;
    assert.equal(secrets["client-secret"]?.owner, "git");
    assert.equal(secrets["client-secret"]?.length, 64);
  });

  it("is guarded besides where a route asks for it, and has one sign-in for each domain", () => {
    const signIns = signInsOf(
      git(
        `[services.git.interface]\nauth = ${oidc()}\n` +
          'routes.default.authz = true\nroutes.api = { domain = "git.nixmox.lan", path = "/api", authz = true }\n' +
          'routes.admin = { authz = true }\nroutes.open = {}\nroutes.metrics.auth.type = "forward_auth"\n' +
          `routes.pages.auth = { type = "oidc", oidc = { redirect_uris = ["https://pages.nixmox.lan/cb"] } }`,
      ),
    );
    const shown = Object.entries(signIns).map(([key, { kind, slug, routes, groups, client }]) => [
      key,
      kind,
      slug,
      routes.join(" "),
      groups.join(" "),
      client?.secret,
    ]);
    assert.deepEqual(shown, [
      ["default", "oidc", "git", "", "readers", "client-secret"],
      ["pages", "oidc", "git-pages", "", "", "client-secret-pages"],
      ["guard", "forward_auth", "git-guard", "default api", "readers", undefined],
      ["admin", "forward_auth", "git-admin", "admin", "readers", undefined],
      ["metrics", "forward_auth", "git-metrics", "metrics", "", undefined],
    ]);
  });

  it("has a guard of its own where a route's own client is guarded, too", () => {
    const client = oidc().replace("git.nixmox.lan", "web.nixmox.lan");
    const signIns = signInsOf(git(`interface.routes.web = { authz = true, auth = ${client} }`));
    assert.deepEqual(
      Object.values(signIns).map(({ slug, label, url }) => [slug, label, url]),
      [
        ["git-web", "Git: Web", "https://web.nixmox.lan/"],
        ["git-web-guard", "Git: Web guard", "https://web.nixmox.lan/"],
      ],
    );
  });

  it("keeps its sign-in when the provider is another one", () => {
    const text = `interface.route = {}\ninterface.auth = ${oidc()}`;
    const names = kinds.map((kind) =>
      Object.values(signInsOf(git(text, kind))).map(({ slug, client }) => [slug, client?.secret]),
    );
    assert.deepEqual(names[0], names[1]);
  });
});

describe("a route that the proxy guards", () => {
  const guard = (kind: Kind, route = "", groups = "") =>
    find(
      load(
        git(
          `interface.auth = { type = "forward_auth"${groups} }\ninterface.route = { ${route} }`,
          kind,
        ),
      ),
      "git",
    ).interface.routes.default?.guard ?? assert.fail("it is not guarded");

  it("asks Authentik, whose own pages are served at the guarded name", () => {
    const { upstream, upstream_tls: tls, uri, own_paths: own, ...rest } = guard("authentik");
    assert.deepEqual([upstream, tls], ["192.168.99.12:9000", false]);
    assert.equal(uri, "/outpost.goauthentik.io/auth/caddy");
    assert.deepEqual(own, ["/outpost.goauthentik.io/*"]);
    assert.equal(rest.sign_in_url, undefined);
    assert.equal(rest.sign_in, "default");
  });

  it("asks Keycloak's companion for members of the groups, and sends others to sign in", () => {
    const found = guard("keycloak", "", ', groups = ["readers", "operators"]');
    assert.deepEqual([found.upstream, found.upstream_tls], ["192.168.99.12:4180", true]);
    assert.equal(found.tls_name, "keycloak.host.nixmox.lan");
    assert.equal(found.uri, "/oauth2/auth?allowed_groups=readers,operators");
    assert.equal(guard("keycloak").uri, "/oauth2/auth");
    assert.equal(found.sign_in_url, "https://keycloak.nixmox.lan/oauth2/start?rd=");
  });

  it("tells the service who is there under the same names, whichever provider says so", () => {
    for (const kind of kinds) {
      const names = guard(kind).copy_headers.map(([, to]) => to);
      for (const each of ["User", "Email", "Groups"]) {
        assert.ok(names.includes(`X-Forwarded-${each}`), `${kind}: ${names.join()}`);
      }
    }
  });

  it("leaves what monitoring asks for open, below its path, if it names nothing else", () => {
    const open = (route?: string) => guard("authentik", route).public_paths;
    assert.deepEqual(open(), ["/health", "/metrics", "/alive"]);
    assert.deepEqual(open('path = "/git"'), ["/git/health", "/git/metrics", "/git/alive"]);
    assert.deepEqual(open('path = "/git", public_paths = ["/git", "/git/api/*"]'), [
      "/git",
      "/git/api/*",
    ]);
    assert.deepEqual(open("public_paths = []"), []);
  });

  it("is known to its host as guarded, and as nothing more", () => {
    const { manifest } = load(git('interface = { auth.type = "forward_auth", route = {} }'));
    const slice = sliceOf(
      manifest,
      manifest.services.find(({ name }) => name === "git")!,
    );
    assert.equal(slice.routes.default?.guarded, true);
    assert.deepEqual(
      [slice.signIns, slice.signOn, Object.keys(slice.peers)],
      [{}, null, ["caddy"]],
    );
  });

  it("may be one of a service on which the provider depends", () => {
    const text = withProvider("").replace(
      "[core_services.caddy]\n",
      '[core_services.caddy]\ninterface = { auth.type = "forward_auth", route.upstream = "192.168.99.10:80" }\n',
    );
    assert.equal(find(load(text), "caddy").interface.routes.default?.guard?.sign_in, "default");
  });
});

describe("where users are sent after they have signed in", () => {
  const client = (uri: string) =>
    git(
      `interface.route = {}\ninterface.auth = { type = "oidc", oidc = { redirect_uris = ["${uri}"] } }`,
    );

  it("is the service, an app, or a program on the user's machine", () => {
    for (const uri of [
      "https://git.nixmox.lan/cb?provider=a",
      "https://git.nixmox.lan:8443/cb",
      "https://git.host.nixmox.lan:3000/cb",
      "app.immich:/",
      "app.immich:///oauth-callback",
      "audiobookshelf://oauth",
      "http://localhost:8080/cb",
      "http://127.0.0.1/cb",
      "http://[::1]:7777/cb",
    ]) {
      assert.deepEqual(load(client(uri)).warnings, [], uri);
    }
  });

  it("may be a site elsewhere, which a warning names", () => {
    const { warnings } = load(client("https://login.tailscale.com/a/oauth_response"));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /redirect_uris\[0\] is outside nixmox\.lan/);
  });

  it("is never a script, another scheme of the browser, or another service", () => {
    for (const uri of [
      "JavaScript:alert(1)",
      "data:text/html,x",
      "ws://git.nixmox.lan/",
      "http://git.nixmox.lan/",
      "https://nixmox.lan/",
      "https://git.nixmox.lan.nixmox.lan/",
      "https://caddy.nixmox.lan/",
      "http://127.0.0.1.nixmox.lan/",
    ]) {
      assert.deepEqual(issuesOf(client(uri)), [
        "wrong-redirect services.git.interface.auth.oidc.redirect_uris[0]",
      ]);
    }
  });
});

describe("groups and users", () => {
  it("have names and addresses by convention", () => {
    const { manifest, origin } = load(
      withProvider("[users.ben]\nname = 'Ben'\npassword = 'invitation'"),
    );
    assert.deepEqual(manifest.groups.operators, { description: "", admin: true });
    assert.deepEqual(manifest.users, {
      anna: {
        name: "anna",
        email: "anna@nixmox.lan",
        groups: ["readers"],
        password: "generated",
      },
      ben: { name: "Ben", email: "ben@nixmox.lan", groups: [], password: "invitation" },
    });
    assert.equal(origin(["users", "anna", "email"]).origin, "derived");
  });

  it("are without effect where nobody provides sign-on", () => {
    const { warnings } = load(`${base}[groups.readers]\n[users.anna]\ngroups = ["readers"]\n`);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /Without effect: groups \(.*\), users \(there is no service with/);
  });

  it("and clients that nothing uses are named in a warning", () => {
    const { warnings } = load(
      git(
        `[services.git.interface]\nauth = ${oidc()}\nroutes.a.auth = { type = "none", groups = ["readers"] }\n` +
          `routes.b.auth = { type = "forward_auth", oidc = { redirect_uris = ["https://b.nixmox.lan/"] } }`,
      ),
    );
    assert.equal(warnings.length, 1);
    for (const part of [
      "interface.auth (each of its routes says something else)",
      "routes.a.auth.groups (its type is none)",
      "routes.b.auth.oidc (its type is forward_auth)",
    ]) {
      assert.ok(warnings[0]!.includes(part), `${part}: ${warnings[0]}`);
    }
  });
});

describe("the manifest of the system that this one replaces", () => {
  it("gives its service a client, and a guard before it", () => {
    const loaded = load(readFileSync("tests/nix/manifests/seed.nix", "utf8"), "seed.nix");
    const { sign_ins: signIns, routes } = find(loaded, "vaultwarden").interface;
    assert.deepEqual(Object.keys(signIns), ["default", "guard"]);
    const { client, slug } = signIns.default!;
    assert.deepEqual(
      [slug, client?.client_id, client?.redirect_uris, client?.scopes],
      [
        "vaultwarden",
        "vaultwarden",
        ["https://vaultwarden.nixmox.lan/oidc/callback"],
        ["openid", "email", "profile"],
      ],
    );
    assert.deepEqual(routes.default?.guard?.public_paths, ["/health", "/metrics", "/alive"]);
    const path = formatPath(loaded.origin(["services", "vaultwarden", "interface", "auth"]).path);
    assert.equal(path, "services.vaultwarden.interface.auth");
  });
});
