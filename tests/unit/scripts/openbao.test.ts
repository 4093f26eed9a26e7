import assert from "node:assert/strict";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { beforeEach, it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

/** Two keys, as files with and without the line feed at their end. */
const [first, second] = ["11".repeat(32), "22".repeat(32)];

describeScript("nixos/modules/openbao/write-seal.sh", (host) => {
  interface Seal {
    readonly seal: { readonly static: Readonly<Record<string, string>> };
  }
  const seal = (current: string, previous: string) => {
    writeFileSync(host().path("seal-key"), current);
    writeFileSync(host().path("previous-seal-key"), previous);
    succeeded(host().run([host().path(), host().path("seal.json")]));
    return (JSON.parse(host().read("seal.json")) as Seal).seal.static;
  };

  it("names the key by its value, of which it writes nothing", () => {
    const { current_key_id: name, current_key: file, ...others } = seal(first, "");
    assert.equal(file, `file://${host().path("seal-key")}`);
    assert.match(name!, /^[0-9a-f]{16}$/);
    assert.deepEqual(others, {});
    assert.ok(!host().read("seal.json").includes(first.slice(0, 16)));
    assert.equal(statSync(host().path("seal.json")).mode & 0o777, 0o600);
    assert.equal(seal(`${first}\n`, "").current_key_id, name);
    assert.notEqual(seal(second, "").current_key_id, name);
  });

  it("names the key before it, if that is another", () => {
    const { current_key_id: name } = seal(first, "");
    const both = seal(second, `${first}\n`);
    assert.equal(both.previous_key_id, name);
    assert.equal(both.previous_key, `file://${host().path("previous-seal-key")}`);
    assert.equal(seal(first, `${first}\n`).previous_key_id, undefined);
  });
});

describeScript("nixos/modules/openbao/started.sh", (host) => {
  /** OpenBao as its health is, one answer after the other; the last one stays. */
  const healthy = (...answers: number[]) => {
    writeFileSync(host().path("health"), answers.join("\n"));
    const file = host().path("health");
    host().fake("curl", `head -n 1 ${file}; (($(wc -l <${file}) < 1)) || sed -i 1d ${file}`);
  };
  const start = (...patience: string[]) =>
    host().run([
      "https://bao.home.example:8200",
      host().path("key"),
      host().path("own"),
      ...patience,
    ]);

  beforeEach(() => {
    mkdirSync(host().path("own"));
    writeFileSync(host().path("key"), first);
    host().fake("sleep", "");
    host().fake(
      "bao",
      `[[ $BAO_ADDR == https://bao.home.example:8200 ]] && echo '{"root_token": "s.1"}'`,
    );
  });

  it("initialises a new one once, and keeps the answer and the key for root alone", () => {
    healthy(0, 501, 503, 200);
    assert.equal(succeeded(start()), "");
    assert.equal(host().calls("bao").length, 1);
    assert.match(host().read("own", "initialised.json"), /root_token/);
    assert.equal(host().read("own", "seal-key"), first);
    for (const name of ["initialised.json", "seal-key"]) {
      assert.equal(statSync(host().path("own", name)).mode & 0o777, 0o400);
    }
  });

  it("leaves one that has data as it is, and keeps the key that it is sealed with now", () => {
    writeFileSync(host().path("own", "seal-key"), second);
    healthy(503, 200);
    succeeded(start());
    assert.deepEqual(host().calls("bao"), []);
    assert.equal(host().read("own", "seal-key"), first);
  });

  it("does not begin with nothing where there was data", () => {
    writeFileSync(host().path("own", "initialised.json"), "{}\n");
    healthy(501);
    assert.match(failed(start()), /Unable to start OpenBao: its data is gone, although /);
    assert.deepEqual(host().calls("bao"), []);
  });

  it("keeps the key before it where the new one unseals nothing", () => {
    writeFileSync(host().path("own", "seal-key"), second);
    healthy(503);
    assert.match(failed(start("0")), /Unable to unseal OpenBao: its health is 503\. /);
    assert.equal(host().read("own", "seal-key"), second);
  });
});
