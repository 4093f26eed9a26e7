import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { dnsCases } from "./errors/dns";
import { databaseCases } from "./errors/databases";
import { externalRouteCases } from "./errors/externalRoutes";
import { monitoringErrors } from "./errors/monitoring";
import { secretErrors } from "./errors/secrets";
import { networkCases } from "./errors/networks";
import { volumeCases } from "./errors/volumes";
import { portErrors } from "./errors/ports";
import { proxyCases } from "./errors/proxy";
import { base, refusal } from "./fixtures";

const golden = join(__dirname, "errors.golden.txt");

const git = (lines: string) => `${base}[services.git]\nip = "192.168.99.20"\n${lines}\n`;
const authentik = '[core_services.authentik]\nip = "192.168.99.12"\n';
const keycloak = authentik.replace("authentik", "keycloak");
/** A service behind the proxy, which may sign users in, and groups and users for it. */
const signOn = (auth: string, provider = authentik) =>
  `${base}${provider}[groups.readers]\n[groups.operators]\nadmin = true\n[users.anna]\ngroups = ["readers"]\n` +
  `[services.git]\nip = "192.168.99.20"\nports = [80]\n${auth}\n`;
const client = (keys: string) =>
  signOn(
    `interface.route = {}\ninterface.auth = { type = "oidc", oidc = { redirect_uris = ["https://git.nixmox.lan/cb"], ${keys} } }`,
  );
const redirect = (uri: string) =>
  signOn(
    `interface.route = {}\ninterface.auth = { type = "oidc", oidc = { redirect_uris = ["${uri}"] } }`,
  );
const guarded = (route: string) =>
  signOn(`interface.auth.type = "forward_auth"\ninterface.route = { ${route} }`);
const without = (service: string) =>
  base.replace(new RegExp(`\\[core_services\\.${service}\\]\\n(\\w.*\\n)*`), "");

/** One manifest for each way in which a manifest can be wrong. */
const cases: Record<string, [text: string, file?: string]> = {
  ...proxyCases,
  ...dnsCases,
  ...databaseCases,
  ...externalRouteCases,
  ...networkCases,
  ...monitoringErrors,
  "not TOML": ["[network\n"],
  "text that is not closed": [git('hostname = "git.nixmox.lan')],
  "an address without quotes": [base.replace('"192.168.99.1"', "192.168.99.1")],
  "a value that TOML does not know": [git("enable = yes")],
  "a list that is not closed": [git("ports = [80, 443")],
  "a key that is set twice": [git('ip = "192.168.99.21"')],
  "a table that is set twice": [`${base}[network]\n`],
  "a colon instead of an equals sign": [git("ports: [80]")],
  "a key without a value": [git("ports")],
  "two keys on a line": [git("enable = true onboot = true")],
  "not JSON": ['{ "network": { "domain": } }', "manifest.json"],
  "an extra comma in JSON": ['{ "network": { "domain": "a.lan", } }', "manifest.json"],
  "a missing comma in JSON": ['{ "network": {}\n"services": {} }', "manifest.json"],
  "single quotes in JSON": ["{ 'network': {} }", "manifest.json"],
  "a comment in JSON": ["// mine\n{}", "manifest.json"],
  "a table that is not closed in JSON": ['{ "network": { "domain": "a.lan" }', "manifest.json"],
  "a key that is set twice in JSON": [
    '{\n  "services": {},\n  "network": {},\n  "services": {}\n}',
    "manifest.json",
  ],
  "endlessly nested JSON": ["[".repeat(40), "manifest.json"],
  "endlessly nested lists": [`a = ${"[".repeat(40)}`],
  "not a known format": ["", "manifest.yaml"],
  "an empty file": [""],
  "endlessly nested tables": [`${"a.".repeat(40)}a = 1`],
  "an unknown key": [git('hostnam = "git.nixmox.lan"')],
  "an unknown key that resembles none": [git("zzzzzz = 1")],
  "an unknown table": [`${base}[monitorring]\nx = 1\n`],
  "a missing key": [git("").replace('ip = "192.168.99.20"\n', "")],
  "a wrong type": [git("ports = 80")],
  "a wrong type in JSON": [
    '{ "network": { "domain": "a.lan", "network_cidr": "10.0.0.0/8", "gateway": "10.0.0.1" }, "services": { "git": { "ip": 7 } } }',
    "manifest.json",
  ],
  "what is not an address": [git("").replace("192.168.99.20", "192.168.99")],
  "what is not a network": [base.replace("192.168.99.0/24", "192.168.99.0")],
  "an address outside the network": [git("").replace("99.20", "98.20")],
  "a gateway outside the network": [base.replace('99.1"', '98.1"')],
  "the network's address": [git("").replace("99.20", "99.0")],
  "the broadcast address": [git("").replace("99.20", "99.255")],
  "the gateway's address": [git("").replace("99.20", "99.1")],
  "the resolver's address": [
    git("")
      .replace("99.20", "99.14")
      .replace(
        'gateway = "192.168.99.1"',
        'gateway = "192.168.99.1"\ndns_server = "192.168.99.14"',
      ),
  ],
  "more connections than the server accepts": [
    git("interface.db.connection_limit = 150").replace(
      "ports = [5432]",
      "interface.db.max_connections = 200",
    ) + '[services.wiki]\nip = "192.168.99.21"\ninterface.db.connection_limit = 60\n',
  ],
  "a taken address": [git("").replace("99.20", "99.11")],
  "a taken vmid": [git("vmid = 7011")],
  "a taken hostname": [git('hostname = "caddy.nixmox.lan"')],
  "a domain that is a hostname": [git('interface.proxy.domain = "caddy.nixmox.lan"')],
  "a taken domain": [
    git('interface.proxy.domain = "x.nixmox.lan"') +
      '[services.wiki]\nip = "192.168.99.21"\ninterface.proxy.domain = "x.nixmox.lan"\n',
  ],
  "a taken path": [
    git('interface.proxy = { a = { domain = "x.nixmox.lan" }, b = { domain = "x.nixmox.lan" } }'),
  ],
  "a service in both tables": [`${base}[services.caddy]\nip = "192.168.99.20"\n`],
  "a bad service name": [`${base}[services.Git_Hub]\nip = "192.168.99.20"\n`],
  "a former name that is in use": [git('formerly = "caddy"')],
  "an unknown dependency": [git('depends_on = ["postgresq"]')],
  "a dependency on itself": [git('depends_on = ["git"]')],
  "a disabled dependency": [
    git('depends_on = ["wiki"]') + '[services.wiki]\nip = "192.168.99.21"\nenable = false\n',
  ],
  "a cycle": [
    git('depends_on = ["wiki"]') + '[services.wiki]\nip = "192.168.99.21"\ndepends_on = ["git"]\n',
  ],
  "a database without a server": [
    without("postgresql") + '[services.git]\nip = "192.168.99.20"\ninterface.db = {}\n',
  ],
  "a database of an unknown server": [git('interface.db.service = "postgres"')],
  "a database at another address": [git('interface.db.host = "192.168.99.99"')],
  "one role for two databases": [git('interface.dbs = { a = {}, b = { owner = "a" } }')],
  "one database for two services": [
    git("interface.db = {}") +
      '[services.wiki]\nip = "192.168.99.21"\ninterface.dbs.w = { name = "git" }\n',
  ],
  "a database that could be on either of two servers": [
    git("interface.db = {}") +
      '[core_services.pg2]\nip = "192.168.99.21"\nprovides = ["database"]\n',
  ],
  "the server's own role": [git('interface.db.owner = "postgres"')],
  "the server's own database": [git('interface.db.name = "template1"')],
  "a service whose database would be the server's own": [
    `${base}[services.postgres]\nip = "192.168.99.20"\ninterface.db = {}\n`,
  ],
  "a database that is written twice": [git("interface = { db = {}, dbs = { git = {} } }")],
  "a domain with and without TLS": [
    git(
      'ports = [80]\ninterface.proxy = { a = { domain = "x.nixmox.lan", path = "/a", tls = false }, ' +
        'b = { domain = "x.nixmox.lan" } }',
    ),
  ],
  "a path that differs only in a slash": [
    git(
      'ports = [80]\ninterface.proxy = { a = { domain = "x.nixmox.lan", path = "/a" }, ' +
        'b = { domain = "x.nixmox.lan", path = "/a/" } }',
    ),
  ],
  "a hostname that another host gets": [
    git("ports = [80]\ninterface.proxy = {}") +
      '[services.wiki]\nip = "192.168.99.21"\nhostname = "git.host.nixmox.lan"\n',
  ],
  "a secret that everyone may read": [git('interface.secrets.token.mode = "0444"')],
  "a database at another port": [git("interface.db.port = 6000")],
  "a dependency that is listed twice": [git('depends_on = ["dns", "dns"]')],
  "one former name for two services": [
    git('formerly = "gogs"') + '[services.wiki]\nip = "192.168.99.21"\nformerly = "gogs"\n',
  ],
  "a host's address as the network": [base.replace("192.168.99.0/24", "192.168.99.7/24")],
  "the broadcast address as the gateway": [base.replace('99.1"', '99.255"')],
  "a resolver that asks itself": [
    base.replace("[network]", '[network]\ndns_forwarders = ["192.168.99.13"]'),
  ],
  "a password within an address": [
    git('interface.db = "postgres://git:hunter2@192.168.99.11/git"'),
  ],
  "a password within a command": [
    git('interface.health.liveness = "curl -u admin:hunter2 http://localhost/"'),
  ],
  "a token within a directive": [
    git(
      'ports = [80]\ninterface.proxy.extra_config = "header_up Authorization \\"Bearer hunter2\\""',
    ),
  ],
  "a private key in place of a public one": [
    base.replace("[network]", '[network]\nssh_keys = ["-----BEGIN OPENSSH PRIVATE KEY----- x"]'),
  ],
  "secrets left over from Terraform": [
    git(
      'interface.terraform.variables = { dbPassword = "hunter2", tokens = ["hunter2"], size = 3 }',
    ),
  ],
  "text in place of a secret": [git('interface.secrets.admin = "hunter2"')],
  "null in JSON": ['{ "network": null }', "manifest.json"],
  "one address that is wrong among other mistakes": [
    git('depends_on = ["nobody"]').replace("192.168.99.20", "300.1.1.1") +
      '[services.wiki]\nip = "192.168.99.11"\ndepends_on = ["git"]\n',
  ],
  "a cycle through a sign-in": [
    base.replace("[core_services.caddy]\n", '[core_services.caddy]\ndepends_on = ["git"]\n') +
      '[core_services.authentik]\nip = "192.168.99.12"\nports = [9000]\ninterface.proxy = {}\n' +
      '[services.git]\nip = "192.168.99.20"\ninterface.auth = { type = "oidc", oidc = { redirect_uris = ["https://git.nixmox.lan/"] } }\n',
  ],
  "a superuser": [git("interface.db.superuser = true")],
  "a literal password": [git('interface.db.password = "hunter2"')],
  "a literal RADIUS secret": [
    base.replace(
      "[core_services.dns]",
      '[network.outposts.radius]\nshared_secret = "hunter2"\n[core_services.dns]',
    ),
  ],
  "single sign-on without a provider": [git('interface.auth = { type = "forward_auth" }')],
  "OpenID Connect without a client": [git('interface.auth = { type = "oidc" }')],
  "an unknown way to sign in": [git('interface.auth = { type = "oidcc" }')],
  "a route without a proxy": [
    without("caddy") + '[services.git]\nip = "192.168.99.20"\ninterface.proxy = {}\n',
  ],
  "a route that requires a sign-in that no service offers": [git("interface.proxy.authz = true")],
  "a route without a port": [git("interface.proxy = {}")],
  "public paths of a route that is public": [git('interface.proxy.public_paths = ["/health"]')],
  "a misspelt key of a route": [git('interface.proxy = { upstrem = "192.168.99.20:80" }')],
  "a misspelt key of a named route": [
    git('interface.proxy.web = { upstrem = "192.168.99.20:80" }'),
  ],
  "directives that leave their route": [
    git(
      'ports = [80]\ninterface.proxy.extra_config = """\nheadr X-A 1\nroot * /run/credentials\nfile_server\nreverse_proxy localhost:2019\n"""',
    ),
  ],
  "directives that close their block": [
    git('ports = [80]\ninterface.proxy.extra_config = "}\\n}\\nexample.org {\\nhandle {"'),
  ],
  "directives that import a file": [
    git('ports = [80]\ninterface.proxy.extra_config = "import /etc/shadow"'),
  ],
  "an upstream without a port": [git('interface.proxy.upstream = "192.168.99.20"')],
  "a port out of range": [git("ports = [70000]")],
  "a role that is taken": [git('provides = ["dns"]')],
  "too little memory": [git("resources.memory = 8")],
  "a stopped service": [git("start = false")],
  "a group that nobody has defined": [signOn('interface.auth.groups = ["reders", "sailors"]')],
  "a group that is listed twice": [signOn('interface.auth.groups = ["readers", "readers"]')],
  "a user in an unknown group": [signOn("").replace('groups = ["readers"]', 'groups = ["reader"]')],
  "administrators of an unknown group": [client('admin_group = "ops.team"')],
  "a group with a name that no provider takes": [signOn("").replaceAll("readers", "Readers")],
  "a user that the provider has itself": [signOn("").replace("users.anna", "users.akadmin")],
  "two users with one address": [signOn("[users.ben]\nemail = 'Anna@nixmox.lan'")],
  "what is not an e-mail address": [signOn("[users.ben]\nemail = 'ben'")],
  "a user's password": [signOn("[users.ben]\npassword = 'hunter2'")],
  "a provider that is not the one there is": [signOn('interface.auth.provider = "keycloak"')],
  "two identity providers": [signOn("", authentik + keycloak.replace("99.12", "99.14"))],
  "an identity provider that is neither of the two": [
    signOn("", '[core_services.dex]\nip = "192.168.99.12"\nprovides = ["sso"]\n'),
  ],
  "an identity provider that signs in at itself": [
    signOn("", `${authentik}interface.auth.type = "forward_auth"\n`),
  ],
  "an identity provider below a path and without TLS": [
    signOn("", `${authentik}interface.route = { path = "/login", tls = false }\n`),
  ],
  "an LDAP server of Keycloak": [
    signOn("", `${keycloak}[network.outposts.ldap]\nbase_dn = "dc=nixmox,dc=lan"\n`),
  ],
  "a client on which the provider depends": [
    signOn("").replace(
      "[core_services.caddy]\n",
      '[core_services.caddy]\ninterface.auth = { type = "oidc", oidc = { redirect_uris = ["https://caddy.nixmox.lan/"] } }\n',
    ),
  ],
  "a redirect to another service": [redirect("https://gti.nixmox.lan/cb")],
  "a redirect to a name of nobody": [redirect("https://login.nixmox.lan/cb")],
  "a redirect without TLS": [redirect("http://git.nixmox.lan/cb")],
  "a redirect to any path": [redirect("https://git.nixmox.lan/*")],
  "a redirect to a fragment": [redirect("https://git.nixmox.lan/#/cb")],
  "a redirect to a script": [redirect("javascript:alert(1)")],
  "a redirect with a character that has to be escaped": [redirect("https://git.nixmox.lan/a b")],
  "a redirect with a user name": [redirect("https://git.nixmox.lan:x@example.org/cb")],
  "no redirect at all": [redirect("").replace('[""]', "[]")],
  "an unknown scope": [client('scopes = ["openid", "emial", "root"]')],
  "scopes without a sign-in": [client('scopes = ["email"]')],
  "no scopes": [client("scopes = []")],
  "one claim for two things": [client('username_claim = "who", groups_claim = "who"')],
  "claims with another meaning": [client('username_claim = "aud", groups_claim = "email"')],
  "a claim that would be an expression": [client("username_claim = 'x\": 1, \"y'")],
  "a client that Keycloak has itself": [client('client_id = "admin-cli"')],
  "one client for two services": [
    client("") +
      '[services.wiki]\nip = "192.168.99.21"\nports = [80]\n[services.wiki.interface]\nroute = {}\n' +
      'auth = { type = "oidc", oidc = { redirect_uris = ["https://wiki.nixmox.lan/cb"], client_id = "git" } }\n',
  ],
  "one name for two applications": [
    signOn(
      'interface.routes.admin = { domain = "x.nixmox.lan", auth = { type = "forward_auth" } }\n' +
        '[services.git-admin]\nip = "192.168.99.21"\nports = [80]\ninterface = { route = {}, auth = { type = "forward_auth" } }',
    ),
  ],
  "a name that is too long for an application": [
    signOn(
      'interface.routes.a-route-with-a-rather-long-name.auth = { type = "forward_auth" }',
    ).replace("services.git", "services.service-with-a-rather-long-name"),
  ],
  "forward auth without a route": [signOn('interface.auth.type = "forward_auth"')],
  "forward auth without TLS": [guarded("tls = false")],
  "forward auth that is switched off": [guarded("authz = false")],
  "public paths that are all of them": [guarded('public_paths = ["/health", "/*"]')],
  "public paths of another route": [
    guarded('path = "/git", public_paths = ["/git", "/gitea", "/git/x", "/git/x"]'),
  ],
  "public paths that Caddy would read in another way": [
    guarded('public_paths = ["/a b", "/a/../b", "/a*b", "/{x}"]'),
  ],
  "other groups at a path of the same domain": [
    signOn(
      'interface.routes.a = { domain = "git.nixmox.lan", auth = { type = "forward_auth", groups = ["readers"] } }\n' +
        'interface.routes.b = { domain = "git.nixmox.lan", path = "/b", auth = { type = "forward_auth" } }',
    ),
  ],
  ...secretErrors,
  "several at once": [git('ports = [0]\ncolour = "red"\ndepends_on = ["nobody"]')],
  ...volumeCases,
  ...portErrors,
};

/** The messages as agreed on, by what is wrong. */
function readGolden(): Record<string, string> {
  const sections = readFileSync(golden, "utf8").split(/^# /m).slice(1);
  return Object.fromEntries(
    sections.map((section) => {
      const [title = "", ...lines] = section.split("\n");
      return [title, lines.join("\n").trimEnd()];
    }),
  );
}

describe("the error message for (UPDATE_GOLDEN=1 updates errors.golden.txt)", () => {
  const expected = existsSync(golden) ? readGolden() : {};
  const current: Record<string, string> = {};

  for (const [what, [text, file]] of Object.entries(cases)) {
    it(what, () => {
      const message = (current[what] = refusal(text, file).message);
      assert.doesNotMatch(message, /hunter2/);
      assert.equal(refusal(text, file).message, message, "it is another one the second time");
      if (!process.env.UPDATE_GOLDEN) assert.equal(message, expected[what]);
    });
  }

  it("nothing that is not covered here", () => {
    assert.deepEqual(
      Object.keys(expected).filter((what) => !(what in cases)),
      [],
    );
  });

  after(() => {
    if (!process.env.UPDATE_GOLDEN) return;
    const sections = Object.entries(current).map(([what, message]) => `# ${what}\n${message}\n`);
    writeFileSync(golden, sections.join("\n"));
  });
});
