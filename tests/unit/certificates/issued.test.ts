import assert from "node:assert/strict";
import fc from "fast-check";
import { before, describe, it } from "mocha";
import { renewalPeriod } from "../../../components/certificateAuthority";
import { type Run, runProgram } from "../program";

const day = 24 * 60 * 60 * 1000;

describe("the period of a certificate", () => {
  const times = fc.date({
    min: new Date("2020-01-01"),
    max: new Date("2120-01-01"),
    noInvalidDate: true,
  });

  it("ends after 60 days, so that a certificate for 180 days is always valid for 120 more", () => {
    fc.assert(
      fc.property(times, (now) => {
        const began = Date.parse(renewalPeriod(now));
        assert.ok(began <= now.getTime() && now.getTime() < began + 60 * day);
        assert.notEqual(renewalPeriod(new Date(now.getTime() + 60 * day)), renewalPeriod(now));
      }),
    );
  });

  it("is the same for all of its days", () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 60 * day - 1 }), (now, later) => {
        const period = renewalPeriod(now);
        assert.equal(renewalPeriod(new Date(Date.parse(period) + later)), period);
      }),
    );
  });
});

describe("certificates", () => {
  let run: Run;
  before(async () => {
    run = await runProgram("manifest/nixmox.toml");
  });

  const get = (name: string) => run.resources.get(name) ?? assert.fail(`there is no ${name}`);
  const inputs = (name: string) => JSON.stringify(get(name).inputs);
  const keyOf = (name: string) => Buffer.from(name).toString("base64");
  const issued = [
    "caddy-authority",
    "miniflux-certificate",
    "monitoring-certificate",
    "postgresql-certificate",
  ];

  it("are issued to the proxy, to database servers, and to services that the manifest says serve TLS", () => {
    const scripts = [...run.resources.values()].flatMap(({ name, inputs: { create } }) => {
      const [, words] = /^bash components\/scripts\/certify\.sh (.*)$/.exec(String(create)) ?? [];
      return words === undefined ? [] : [`${name}: ${words}`];
    });
    assert.deepEqual(scripts.sort(), [
      "caddy-authority: intermediate nixmox.lan 180",
      "miniflux-certificate: server miniflux.host.nixmox.lan 180",
      "monitoring-certificate: server monitoring.nixmox.lan 180",
      "nixmox-ca: root nixmox.lan 3650",
      "postgresql-certificate: server postgresql.nixmox.lan 180",
    ]);
  });

  it("are signed with the root's key, which comes through stdin and gets to no host", () => {
    const known = [...run.resources.values()]
      .filter(({ inputs: own }) => JSON.stringify(own).includes(`KEY-----\\n${keyOf("nixmox-ca")}`))
      .map(({ name }) => name);
    assert.deepEqual(known.sort(), issued);
    for (const name of issued) {
      const { type, inputs: own } = get(name);
      assert.equal(type, "command:local:Command");
      assert.equal(own.logging, "none");
      assert.equal(own.addPreviousOutputInEnv, false);
      assert.deepEqual(own.triggers, [renewalPeriod(new Date())]);
      assert.ok(!JSON.stringify({ ...own, stdin: "" }).includes(keyOf("nixmox-ca")));
    }
  });

  it("get to their own host alone, with their keys for root alone", () => {
    for (const name of issued) {
      const paths = name === "caddy-authority" ? "authority" : "server";
      assert.match(
        String(get(`${name}-file`).inputs.create),
        new RegExp(`^set -- /var/lib/nixmox/secrets/${paths}\\.crt root 0444\n`),
      );
      const service = name.split("-")[0]!;
      const unit = service === "monitoring" ? "prometheus.service" : `${service}.service`;
      assert.match(
        String(get(`${name}-key`).inputs.create),
        new RegExp(`^set -- /var/lib/nixmox/secrets/${paths}\\.key root 0400 ${unit}\n`),
      );
      const users = [...run.resources.keys()].filter((each) =>
        inputs(each).includes(`KEY-----\\n${keyOf(name)}`),
      );
      assert.deepEqual(users, [`${name}-key`]);
    }
  });

  it("leave a root alone, whose replacement needs no change to what made it", () => {
    const { inputs: root, ignoreChanges } = get("nixmox-ca");
    assert.deepEqual(root.triggers, ["nixmox.lan", "2"]);
    assert.match(String(root.update), /exit 1$/);
    assert.deepEqual(ignoreChanges, []);
  });
});
