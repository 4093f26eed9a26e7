import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { formatPath } from "../../manifest/issue";
import { base, load, refusal } from "./fixtures";

const service = (lines: string) => `${base}\n[services.git]\nip = "192.168.99.20"\n${lines}`;

describe("a manifest that is refused gives advice that is valid if followed to the letter:", () => {
  /** The address that an error proposes for a service. */
  const proposed = (text: string, of: string): string => {
    const { issues } = refusal(text);
    const issue = issues.find(({ path }) => formatPath(path) === `services.${of}.ip`);
    return /such as ([\d.]+)\./.exec(issue!.message)?.[1] ?? assert.fail(issue!.message);
  };

  it("unused addresses, a different one for each", () => {
    const clash = (a: string, b: string) =>
      `${base}[services.a]\nip = "${a}"\n[services.b]\nip = "${b}"\n` +
      '[services.off]\nip = "192.168.99.12"\nenable = false\n' +
      '[services.odd]\nip = "192.168.99.200"\nvmid = 7014\n';
    const text = clash("192.168.99.1", "192.168.99.255");
    const followed = clash(proposed(text, "a"), proposed(text, "b"));
    load(followed);
    load(followed.replace("enable = false", "enable = true"));
  });

  it("no address at all if the network is full", () => {
    const text =
      '[network]\ndomain = "a.lan"\nnetwork_cidr = "10.0.0.0/30"\ngateway = "10.0.0.1"\n' +
      '[services.a]\nip = "10.0.0.2"\n[services.b]\nip = "10.0.0.2"\n';
    assert.doesNotMatch(refusal(text).message, /such as/);
  });

  it("keys that are not yet set", () => {
    const { message } = refusal(service('hostname = "git.nixmox.lan"\nhostnam = "x"'));
    assert.doesNotMatch(message, /Did you mean/);
    assert.match(refusal(service('hostnam = "x"')).message, /Did you mean "hostname"\?/);
  });

  it("services that are enabled, not listed yet, and do not wait for this one", () => {
    const wiki = '[services.wiki]\nip = "192.168.99.21"\n';
    const hint = (lines: string, extra: string) => refusal(service(lines) + extra).message;
    assert.match(hint('depends_on = ["wikki"]\n', wiki), /Did you mean "wiki"\?/);
    for (const extra of [`${wiki}enable = false\n`, `${wiki}depends_on = ["git"]\n`]) {
      assert.doesNotMatch(hint('depends_on = ["wikki"]\n', extra), /Did you mean/);
    }
    assert.doesNotMatch(hint('depends_on = ["wiki", "wikki"]\n', wiki), /Did you mean/);
  });

  it("groups, names and ways to sign in", () => {
    const signIn = (lines: string) =>
      service(
        `ports = [80]\n[services.git.interface]\nroute = { tls = true }\n${lines}\n` +
          '[core_services.authentik]\nip = "192.168.99.12"\n[groups.readers]\n',
      );
    const client = (uri: string) =>
      signIn(`auth = { type = "oidc", oidc = { redirect_uris = ["${uri}"] } }`);
    const guarded = (route: string) =>
      signIn('auth.type = "forward_auth"').replace("tls = true", route);
    const onCaddy = (type: string) =>
      signIn("").replace(
        "[core_services.caddy]\n",
        `[core_services.caddy]\ninterface = { route.upstream = "192.168.99.10:80", auth = { type = "${type}", ` +
          'oidc = { redirect_uris = ["https://caddy.nixmox.lan/"] } } }\n',
      );
    const cases: [refused: string, advice: RegExp, followed: (advised: string) => string][] = [
      [
        signIn('auth = { type = "forward_auth", groups = ["ops.team"] }'),
        /Add (\[groups\."ops\.team"\])\./,
        (table) => signIn(`auth = { type = "forward_auth", groups = ["ops.team"] }\n${table}`),
      ],
      [
        signIn('auth = { type = "forward_auth", groups = ["reader"] }'),
        /Did you mean "(.*)"\?/,
        (group) => signIn(`auth = { type = "forward_auth", groups = ["${group}"] }`),
      ],
      [
        client("https://gti.nixmox.lan/cb"),
        /Did you mean "(.*)"\?/,
        (name) => client(`https://${name}/cb`),
      ],
      [
        client("http://git.nixmox.lan/cb"),
        /Use (https)\./,
        (scheme) => client(`${scheme}://git.nixmox.lan/cb`),
      ],
      [
        guarded('path = "/git", public_paths = ["/health"]'),
        /Write (\/git\/)\.\.\./,
        (path) => guarded(`path = "/git", public_paths = ["${path}health"]`),
      ],
      [
        guarded('public_paths = ["/*"]'),
        /set (auth\.type = "none") here/,
        (setting) => guarded(setting),
      ],
      [guarded("authz = false"), /set (auth\.type = "none") here/, (setting) => guarded(setting)],
      [guarded("tls = false"), /Remove (tls = false)\./, () => guarded("")],
      [onCaddy("oidc"), /Use "(.*)"\./, (type) => onCaddy(type)],
      [
        signIn("").replace('ip = "192.168.99.12"', 'ip = "192.168.99.12"\nmodules = ["miniflux"]'),
        /Set (modules = \["authentik"\])/,
        (setting) => signIn("").replace('ip = "192.168.99.12"', `ip = "192.168.99.12"\n${setting}`),
      ],
    ];
    for (const [text, advice, followed] of cases) {
      const { message } = refusal(text);
      load(followed(advice.exec(message)?.[1] ?? assert.fail(message)));
    }
  });

  it("to enable a provider that exists but is disabled", () => {
    const text = service("interface.db = {}").replace(
      "ports = [5432]",
      "ports = [5432]\nenable = false",
    );
    assert.match(refusal(text).message, /Set enable = true in core_services\.postgresql\./);
    load(text.replace("enable = false", "enable = true"));
  });
});
