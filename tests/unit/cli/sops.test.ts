import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generateX25519Identity } from "age-encryption";
import { describe, it } from "mocha";
import { decryptSops } from "../../../cli/secrets/sops";

/** Files that SOPS itself encrypted. */
const read = (file: string) => readFileSync(join(__dirname, "sops", file), "utf8");
const identity = /^AGE-SECRET-KEY-.*$/m.exec(read("keys.txt"))![0];
const yaml = read("secrets.yaml");

const values = async (text: string) =>
  (await decryptSops(text, [identity])).map(({ path, value }) => [path.join("/"), value]);

/** Nothing of a value may be in a message. */
const refused = (text: string, why: RegExp, identities = [identity]) =>
  assert.rejects(decryptSops(text, identities), (error: Error) => {
    assert.match(error.message, why);
    assert.doesNotMatch(error.message, /wörd|12345678|0123456789/);
    return true;
  });

/** A line of the file with something changed. */
const changed = (from: RegExp, to: string, text = yaml) => {
  const after = text.replace(from, to);
  assert.notEqual(after, text);
  return after;
};

describe("a SOPS file", () => {
  const expected = [
    ["miniflux/admin-password", 'p"a\\ss wörd:$(id)'],
    ["miniflux/database-miniflux", "12345678"],
    ["monitoring/admin-password", "0123456789"],
  ];

  it("is decrypted, whatever its form", async () => {
    assert.deepEqual(await values(yaml), expected);
    assert.deepEqual(await values(read("mac-only.yaml")), expected);
    assert.deepEqual(await values(read("secrets.json")), [
      ["monitoring/admin-password", "a json password"],
      ["miniflux/admin-password", "true story"],
    ]);
  });

  it("is decrypted by whichever identity fits, and by no other", async () => {
    const other = await generateX25519Identity();
    assert.equal((await decryptSops(yaml, [other, identity])).length, 3);
    await refused(yaml, /none of the identities/, [other]);
  });

  it("is refused if a value was removed, or moved to another place", async () => {
    await refused(changed(/^ +database-miniflux: .*\n/m, ""), /its MAC does not match/);
    await refused(changed(/^monitoring:\n.*\n/m, ""), /its MAC does not match/);
    const moved = changed(/^monitoring:\n/m, "prometheus:\n");
    await refused(moved, /prometheus\.admin-password cannot be decrypted/);
  });

  it("is refused if the order of its values changed", async () => {
    const [, miniflux = "", monitoring = ""] =
      /^(miniflux:\n(?: .*\n)+)(monitoring:\n(?: .*\n)+)/m.exec(yaml) ?? [];
    await refused(yaml.replace(miniflux + monitoring, monitoring + miniflux), /its MAC does not/);
  });

  it("is refused if a value, the date or the MAC was changed", async () => {
    await refused(
      changed(/data:annI/, "data:bnnI"),
      /miniflux\.admin-password cannot be decrypted/,
    );
    await refused(changed(/lastmodified: "2026/, 'lastmodified: "2027'), /its MAC cannot be/);
    await refused(changed(/mac: ENC\[.*\]/, "mac: none"), /its MAC is not encrypted/);
    await refused(changed(/^ {4}mac: .*\n/m, ""), /not encrypted by SOPS with age/);
  });

  it("is refused if its MAC was made to count less than it does", async () => {
    const text = changed(/^sops:\n/m, "sops:\n    mac_only_encrypted: true\n");
    await refused(text, /its MAC does not match/);
  });

  it("is refused if a value is in plain text", async () => {
    await refused(read("partly.yaml"), /miniflux\.database-miniflux is not encrypted/);
    const added = changed(/^monitoring:\n/m, "monitoring:\n    other: 0123456789\n");
    await refused(added, /monitoring\.other is not encrypted/);
    await refused(changed(/^sops:\n/m, "list: [1]\nsops:\n"), /list is not encrypted/);
  });

  it("is refused if it is something else", async () => {
    await refused("a: [", /neither YAML nor JSON/);
    await refused("- a\n- b\n", /no table/);
    await refused("a: b\n", /not encrypted by SOPS with age/);
  });
});
