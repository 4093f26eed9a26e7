import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ProxmoxError } from "../../components/proxmox/client";
import { hiddenIn, visible, visibleLines } from "../../manifest/visible";
import { asRunError } from "../../program";
import { base, issuesOf, load, refusal } from "./fixtures";

/** What a terminal obeys, or people do not see, by name. */
const hidden: Readonly<Record<string, string>> = {
  "an escape sequence": "\u001b[31m",
  "a C1 escape sequence": "\u009b31m",
  "a bell": "\u0007",
  "a carriage return": "\r",
  "a backspace": "\b",
  NUL: "\0",
  DEL: "\u007f",
  "a right-to-left override": "\u202e",
  "an isolate": "\u2066",
  "an Arabic letter mark": "\u061c",
  "a line separator": "\u2028",
  "a paragraph separator": "\u2029",
  "next line": "\u0085",
  "a zero-width space": "\u200b",
  "a zero-width joiner": "\u200d",
  "a word joiner": "\u2060",
  "a byte order mark": "\ufeff",
  "a soft hyphen": "\u00ad",
  "a Hangul filler": "\u3164",
  "a braille blank": "\u2800",
  "a no-break space": "\u00a0",
  "an ideographic space": "\u3000",
  "a tag": "\u{e0041}",
  "a variation selector": "\ufe0f",
  "half a surrogate pair": "\ud800",
};

/** Where people write free text, and a manifest with a text there. */
const places: Readonly<Record<string, (text: string) => object>> = {
  version: (version) => ({ version }),
  unit: (text) => ({ unit: `a${text}.service` }),
  node: (node) => ({ node }),
  hostname: (text) => ({ hostname: `a${text}.nixmox.lan` }),
  "depends_on[0]": (text) => ({ depends_on: [text] }),
  "interface.health.startup": (text) => ({ interface: { health: { startup: `true ${text}` } } }),
  "interface.health.liveness": (text) => ({ interface: { health: { liveness: `true ${text}` } } }),
  "interface.route.extra_config": (text) => ({ interface: { route: { extra_config: text } } }),
  "interface.route.public_paths[0]": (text) => ({
    interface: { route: { public_paths: [`/${text}`] } },
  }),
  "interface.auth.oidc.client_id": (text) => ({
    interface: { auth: { oidc: { client_id: text } } },
  }),
  "interface.secrets.key.owner": (text) => ({ interface: { secrets: { key: { owner: text } } } }),
  "interface.terraform.modules[0]": (text) => ({ interface: { terraform: { modules: [text] } } }),
};

const manifest = (service: object, name = "git") =>
  JSON.stringify({
    network: { domain: "nixmox.lan", network_cidr: "192.168.99.0/24", gateway: "192.168.99.1" },
    core_services: { dns: { ip: "192.168.99.13" }, caddy: { ip: "192.168.99.10" } },
    services: { [name]: { ip: "192.168.99.20", ports: [80], ...service } },
  });
const json = (service: object, name?: string) => refusal(manifest(service, name), "manifest.json");

describe("text that is not what people see", () => {
  for (const [what, text] of Object.entries(hidden)) {
    it(`is refused wherever it is, and shown escaped: ${what}`, () => {
      for (const [place, write] of Object.entries(places)) {
        const { issues, message } = json(write(text));
        assert.equal(issues.filter(({ code }) => code === "hidden-character").length, 1, message);
        assert.ok(message.includes(`services.git.${place}: it has a character`), message);
        assert.ok(message.includes(visible(text[0]!)) || text.codePointAt(0)! > 0xffff, message);
        assert.equal(hiddenIn(message.replaceAll("\n", "")), undefined);
      }
      const { message } = json({ [`colour${text}`]: 1 });
      assert.match(message, /its name has a character that is not seen/);
      assert.equal(hiddenIn(message.replaceAll("\n", "")), undefined);
      assert.equal(hiddenIn(json({}, `a${text}`).message.replaceAll("\n", "")), undefined);
    });
  }

  it("is refused in a comment, if it changes how a line looks", () => {
    for (const character of ["\u202e", "\u2066", "\u2028"]) {
      const { issues, message } = refusal(`${base}# harmless ${character} comment\n`);
      assert.equal(issues[0]!.code, "hidden-character", message);
      assert.equal(hiddenIn(message.replaceAll("\n", "")), undefined);
    }
    load(`${base}# ❤️ für Ärzte\u00a0und alle\r\n`);
  });

  it("does not include lines and tabs of commands and directives, nor letters of any language", () => {
    const service = {
      version: "2.1 für Ärzte, 版本, נוסח, 🦊",
      interface: {
        health: { startup: "true\n\ttrue" },
        route: { extra_config: "encode {\n\tgzip\n}" },
        secrets: { key: { apply: "true\n\ttrue", verify: "true\n\ttrue" } },
      },
    };
    load(manifest(service), "manifest.json");
    assert.deepEqual(issuesOf(manifest({ version: "a\nb" }), "manifest.json"), [
      "hidden-character services.git.version",
    ]);
  });

  it("is shown escaped in the name of a file, in what Proxmox VE says, and in every other error", () => {
    assert.match(refusal("", "\u001b[2J.toml").message, /manifest \\u\{1b\}\[2J\.toml/);
    const problem = { why: "it has guest \u001b[2J\n", advice: "x" };
    assert.match(new ProxmoxError("https://pve", problem).message, /guest \\u\{1b\}\[2J\\u\{a\}/);
    const fails = () => {
      throw new Error("one \u202e\ntwo");
    };
    assert.throws(() => asRunError(fails), { message: "one \\u{202e}\ntwo" });
    assert.equal(visibleLines("a\r\nb\u0007"), "a\nb\\u{7}");
  });

  it("may not have more than 65,536 characters", () => {
    const long = "a".repeat(65_537);
    for (const service of [{ version: long }, { [long]: 1 }]) {
      const { message } = json(service);
      assert.match(message, /has 65537 characters; at most 65536 are read\. Shorten it\./);
      assert.ok(message.length < 1000);
    }
  });
});

describe("names that JavaScript gives a meaning", () => {
  it("`__proto__` is refused in JSON and TOML, in any table", () => {
    const inside = [
      '"services": { "__proto__": { "ip": "192.168.99.20" } }',
      '"__proto__": { "a": 1 }',
    ];
    for (const text of inside) {
      const { issues } = refusal(`{ "network": {}, ${text} }`, "manifest.json");
      assert.ok(
        issues.some(({ code, path }) => code === "wrong-name" && path.at(-1) === "__proto__"),
      );
    }
    const routes =
      '{ "ip": "192.168.99.20", "interface": { "proxy": { "__proto__": { "domain": "a.b" } } } }';
    const { message } = refusal(`{ "services": { "git": ${routes} } }`, "manifest.json");
    assert.match(
      message,
      /manifest\.json:1:\d+: services\.git\.interface\.proxy\.__proto__: no key may/,
    );
    for (const line of ["__proto__ = 1", "a.__proto__.b = 1", '"__proto__" = {}']) {
      assert.match(refusal(`${line}\n${base}`).message, /no key may have this name/);
    }
    assert.match(
      refusal("{ services.__proto__ = { }; }", "a.nix").message,
      /no key may have this name/,
    );
  });

  it("are names like any other elsewhere", () => {
    const named = (name: string) =>
      load(
        manifest(
          {
            depends_on: [],
            interface: {
              db: {},
              routes: { constructor: { domain: `${name}.nixmox.lan` } },
              secrets: { constructor: {} },
            },
          },
          name,
        ).replace('"dns"', '"postgresql":{"ip":"192.168.99.11"},"dns"'),
        "manifest.json",
      ).manifest.services.find((each) => each.name === name)!;
    const service = named("constructor");
    assert.deepEqual(Object.keys(service.interface.routes), ["constructor"]);
    assert.deepEqual(Object.keys(service.interface.secrets), ["constructor"]);
    assert.deepEqual(service.provides, []);
    for (const name of ["constructor", "toString", "hasOwnProperty", "valueOf"]) {
      const { issues } = json({ depends_on: ["x"], [name]: 1 });
      assert.ok(
        issues.some(({ code, path }) => code === "unknown-key" && path.at(-1) === name),
        name,
      );
    }
  });
});

describe("a unit", () => {
  for (const unit of ["-.service", "--now.service", "-H.service", ".service", "@.service"]) {
    it(`is not named ${unit}`, () => {
      assert.deepEqual(issuesOf(manifest({ unit }), "manifest.json"), [
        "wrong-format services.git.unit",
      ]);
    });
  }
});

describe("a secret in plain text", () => {
  it("is not repeated, whatever its type and wherever it is", () => {
    const secrets: object[] = [
      { interface: { secrets: "hunter22" } },
      { interface: { secrets: ["hunter22"] } },
      { interface: { secrets: { admin: "hunter22" } } },
      { interface: { secrets: { admin: ["hunter22"] } } },
      { interface: { secrets: { admin: { value: "hunter22" } } } },
      { interface: { secrets: { admin: { length: "hunter22" } } } },
      { interface: { secrets: { admin: { owner: "hunter22!" } } } },
      { interface: { secrets: { admin: { mode: "hunter22" } } } },
      { interface: { secrets: { admin: { restart: "hunter22" } } } },
      { interface: { secrets: { admin: { restart: ["hunter22"] } } } },
      { interface: { secrets: { admin: { restart: { a: "hunter22" } } } } },
      { interface: { secrets: 2222222222 } },
      { interface: { secrets: { admin: 2222222222 } } },
      { interface: { db: { password: "hunter22", name: "hunter22" } } },
      { interface: { db: "hunter22" } },
      { interface: { db: { password: ["hunter22"] } } },
      { interface: { db: { password: { value: "hunter22" } } } },
      { password: "hunter22", depends_on: ["hunter22"] },
      { interface: { auth: "hunter22" } },
      { interface: { auth: { oidc: { client_secret: "hunter22" } } } },
      { version: "ghp_hunter22AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
      { ghp_hunter22AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA: 1 },
      { interface: { routes: { ghp_hunter22AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA: {} } } },
      { hostname: "glpat-hunter22AAAAAAAAAAAAA" },
    ];
    for (const secret of secrets) {
      const { message, issues } = json(secret);
      assert.doesNotMatch(message, /hunter22|2222222222/i, message);
      assert.doesNotMatch(JSON.stringify(issues), /2222222222/);
    }
  });
});
