import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, describe, it } from "mocha";
import { renderScript, quote } from "../../components/script";
import { formatPath, isAbove, ManifestError } from "../../manifest/issue";
import type { GuardSpec, SignInSpec } from "../../manifest/resolve/spec";
import { hiddenIn } from "../../manifest/visible";
import { load } from "./fixtures";
import { plainRoute } from "./plainRoute";
import {
  checkGuard,
  checkHba,
  checkRenderings,
  checkSignIn,
  checkSite,
  checkSql,
  type Field,
  fieldsOf,
  manifestWith,
} from "./hostile";

const token = "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3gH5";

const texts: readonly string[] = [
  'x"; DROP ROLE postgres; --',
  "x'; DROP DATABASE notes; --",
  "x\\gexec",
  "$(touch /tmp/nixmox-hostile)",
  "`touch /tmp/nixmox-hostile`",
  "x; touch /tmp/nixmox-hostile",
  "' ; touch /tmp/nixmox-hostile ; '",
  "-oProxyCommand=touch",
  "--help",
  'x" ; flush ruleset ; #',
  "0.0.0.0/0 trust",
  "x } evil.lan { file_server",
  "{$HOME}",
  "{file./etc/shadow}",
  'x" local-zone: "." redirect',
  "%h/%n%%",
  'x"] click a "javascript:alert(1)"',
  "</title><script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '${builtins.readFile "/etc/shadow"}',
  "''${x}''",
  "../../../etc/passwd",
  "/etc/passwd",
  "a\nhost all all 0.0.0.0/0 trust",
  "a\0b",
  "a\u202eb",
  "a\u001b[2Jb",
  "a".repeat(20_000),
  "__proto__",
  "constructor",
  "",
  " ",
  token,
  "PGPASSWORD=hunter22 true",
];
const others: readonly unknown[] = [
  1e308,
  -1,
  0,
  0.5,
  2 ** 53,
  true,
  false,
  null,
  [],
  {},
  [[]],
  [{}],
  ["a", "a"],
  { a: { b: 1 } },
];

/** What a manifest with a value at a place leads to: the error, or nothing if it is accepted. */
function refusalOf(field: Field, value: unknown, words: Set<string>): ManifestError | undefined {
  try {
    const { manifest, warnings } = load(
      JSON.stringify(manifestWith(field, value)),
      "manifest.json",
    );
    checkRenderings(manifest);
    for (const {
      interface: { health },
      unit,
    } of manifest.services) {
      for (const word of [health.startup, health.readiness, unit]) words.add(word);
    }
    assert.equal(hiddenIn(warnings.join("")), undefined);
    return undefined;
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw new Error(`${formatPath(field)} = ${JSON.stringify(value).slice(0, 80)}`, {
      cause: error,
    });
  }
}

describe("a hostile manifest", function () {
  this.timeout("2m");
  // Both tables have the same keys, so that one of them is tried with every third value.
  const isRepeated = (field: Field) => field[0] === "core_services";
  const words = new Set<string>();
  let cases = 0;

  for (const field of fieldsOf()) {
    it(`at ${formatPath(field)} is refused there, or changes the form of nothing`, () => {
      const values = [...texts, ...others].filter((_, i) => !isRepeated(field) || i % 3 === 0);
      for (const value of values) {
        cases++;
        const error = refusalOf(field, value, words);
        if (error === undefined) continue;
        const { message, issues } = error;
        assert.match(
          message,
          /^Unable to use manifest manifest\.json: \d+ errors?\.\n {2}manifest\.json/,
        );
        assert.equal(hiddenIn(message.replaceAll("\n", "")), undefined, message);
        assert.doesNotMatch(message, /hunter22|ghp_aB3/);
        assert.ok(message.length < 5000 * issues.length, "the message is too long");
        if (typeof value !== "string") continue;
        const here = issues.filter(({ path }) => isAbove(path, field) || isAbove(field, path));
        assert.ok(here.length > 0, `${JSON.stringify(value.slice(0, 80))}: ${message}`);
        assert.equal(issues.length, 1, `${JSON.stringify(value.slice(0, 80))}: ${message}`);
      }
    });
  }

  it("is a word of the shell, whatever is in its commands", () => {
    const all = [...words].filter((word) => word !== "");
    const line = `printf '%s\\0' ${all.map(quote).join(" ")}`;
    const printed = execFileSync("sh", ["-c", line], { encoding: "utf8" });
    assert.deepEqual(printed.split("\0").slice(0, -1), all);
    assert.ok(all.some((word) => word.includes("nixmox-hostile")));
    assert.match(renderScript("run-sql", "$(id)"), /^set -- '\$\(id\)'\n/);
  });

  it("would be noticed", () => {
    const database = {
      name: "a",
      owner: "a",
      service: "b",
      host: "192.168.99.11",
      port: 5432,
      extensions: [],
      additionaldbs: [],
      on_remove: "keep",
      password_file: "/x",
    } as const;
    const line = 'a" "a" 0.0.0.0/0 trust\nhost "all';
    assert.throws(() => checkHba(`host "${line}" "a" 192.168.99.20/32 scram-sha-256\n`));
    assert.throws(() => checkSql(`SET x = 'a'; DROP ROLE "${database.name}";`));
    assert.throws(() => checkSql("\\! id"));
    const domain = "a.b }\nevil.lan {\n\tfile_server";
    assert.throws(() => checkSite({ ...plainRoute, domain }, "host.a.b"));
    checkSite({ ...plainRoute, domain: "a.b" }, "host.a.b");
    const guard: GuardSpec = {
      sign_in: "default",
      upstream: "192.168.99.12:9000",
      upstream_tls: false,
      tls_name: "sso.a.b",
      uri: "/auth",
      own_paths: [],
      public_paths: ["/health"],
      copy_headers: [["X-A", "X-B"]],
    };
    checkGuard(guard);
    for (const path of ["/a b", "/a/../b", "/a*b", "/{uri}", "/..*"]) {
      assert.throws(() => checkGuard({ ...guard, public_paths: [path] }), path);
    }
    const signIn: SignInSpec = {
      kind: "forward_auth",
      slug: "a",
      label: "A",
      url: "https://a.b/",
      groups: [],
      routes: [],
    };
    checkSignIn(signIn);
    assert.throws(() => checkSignIn({ ...signIn, groups: ["a,b"] }));
  });

  after(() => assert.ok(cases >= 2500, `only ${cases} cases`));
});
