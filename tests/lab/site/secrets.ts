import assert from "node:assert/strict";
import fc from "fast-check";
import { after, before, it } from "mocha";
import { parse } from "yaml";
import { environmentLine } from "../../../manifest/environmentFile";
import { environmentValues } from "../../unit/secrets/environmentValues";
import type { Finished, Homelab } from "../homelab/homelab";
import { ProcessWatch } from "../homelab/processWatch";
import { search, shownIn } from "../homelab/secrecy";
import type { SitePart } from "./part";

/** What only a person can give, with all that a parser of `EnvironmentFile` takes for its own. */
const given = 'it\'s "a" $HOME `id` \\n \\ #1 = é\n second line, relay-canary-5e91 ';

/** Succeeds if a unit has the value on stdin as a variable, without naming it anywhere. */
const has = (variable: string) =>
  `sed 's/^/${variable}=/' | grep -qzFx -f - /proc/$(systemctl show -P MainPID relay.service)/environ`;

const manifest = `
[services.monitoring.interface.secrets.relay]
generate = false
env = "RELAY_ACCOUNT"
restart = ["relay.service"]
[services.monitoring.interface.secrets.seed]
format = "base64"
env = "RELAY_SEED"
restart = ["relay.service"]
verify = """${has("RELAY_SEED")}"""
[services.miniflux.interface.secrets.seed]
from = "monitoring.seed"
env = "THEIR_SEED"
restart = ["relay.service"]
verify = """${has("THEIR_SEED")}"""
`;

/** A program that reads everything from its environment. */
const host = `{ config, lib, ... }:
{
  systemd.services.relay = {
    description = "A program that is configured by its environment alone";
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      DynamicUser = true;
      EnvironmentFile = lib.mapAttrsToList (_: secret: secret.path) (
        lib.filterAttrs (_: secret: secret.env != null) config.nixmox.secrets
      );
      ExecStart = "/bin/sleep infinity";
    };
  };
  nixmox.sandbox.relay = { };
}
`;

let encrypted = "{}";

/** Sets the secret as a person does, and keeps how the stack's file has it. */
async function prepare(lab: Homelab): Promise<void> {
  const args = ["config", "set", "--secret", "--stack", "dev", "--path"];
  const { status, stderr } = await lab.quietly(...args, "nixmox:secrets.monitoring.relay", given);
  assert.equal(status, 0, stderr);
  const { config } = parse(lab.read("Pulumi.dev.yaml")) as { config: Record<string, unknown> };
  encrypted = JSON.stringify(config["nixmox:secrets"]);
}

type Values = Record<string, Record<string, string>>;

function describeSecrets(lab: () => Homelab): void {
  const address = async (service: string) => (await lab().services())[service]!.address;
  const values = () => lab().output<Values>("secrets");

  /** The environment of the program on a service's host, and when it started. */
  const environment = async (service: string) => {
    const unit = "systemctl show relay.service -P";
    const script = `${unit} ActiveEnterTimestampMonotonic; base64 -w0 /proc/$(${unit} MainPID)/environ`;
    const { stdout, stderr } = await lab().on(await address(service), script);
    const [started, text = ""] = stdout.split("\n");
    const found = readEnvironment(text);
    assert.ok(found.size > 1, stderr);
    return { started, found };
  };

  it("gives a unit exactly what a person gave", async () => {
    const { found } = await environment("monitoring");
    assert.equal(found.get("RELAY_ACCOUNT"), given);
  });

  it("gives one value to two services, each with a file of its own", async () => {
    const { monitoring, miniflux } = await values();
    assert.match(monitoring!.seed!, /^[A-Za-z0-9+/]{43}=$/);
    assert.equal(miniflux!.seed, monitoring!.seed);
    assert.equal((await environment("monitoring")).found.get("RELAY_SEED"), monitoring!.seed);
    assert.equal((await environment("miniflux")).found.get("THEIR_SEED"), monitoring!.seed);
    const file = "stat -c '%U %a' /var/lib/nixmox/secrets/seed";
    assert.equal((await lab().on(await address("miniflux"), file)).stdout, "root 400\n");
  });

  it("writes variables as systemd reads them, and refuses those that it would not", async () => {
    const host = await address("monitoring");
    const run =
      "systemd-run --quiet --wait --pipe --collect --property=EnvironmentFile=/run/variables";
    const script = `umask 077; cat >/run/variables; ${run} env -0 | base64 -w0; rm /run/variables`;
    const read = async (values: readonly string[]) => {
      const lines = values.map((value, i) => environmentLine(`V${i}`, value)).join("");
      const { stdout } = await lab().on(host, script, lines);
      const found = readEnvironment(stdout);
      return { found, values: values.map((_, i) => found.get(`V${i}`)) };
    };
    const sample = fc.sample(environmentValues, { numRuns: 150, seed: 12 });
    assert.deepEqual((await read(sample)).values, sample);
    // With these it does not even start the unit.
    for (const value of ["\ufdd0", "\uffff"]) assert.equal((await read([value])).found.size, 0);
  });

  let rotated: Finished;
  const watch = new ProcessWatch();
  const started: Record<string, string | undefined> = {};
  let old: string;

  before(async () => {
    old = (await values()).monitoring!.seed!;
    for (const service of ["monitoring", "miniflux"]) {
      started[service] = (await environment(service)).started;
    }
  });

  it("gives both a new value, restarts both, and proves it with both", async () => {
    watch.start();
    rotated = await lab().npm("secrets", "rotate", "monitoring/seed");
    watch.stop();
    assert.equal(rotated.status, 0, rotated.stdout + rotated.stderr);
    assert.match(rotated.stdout, /monitoring\/seed: monitoring accepts the new value and refuses/);
    assert.match(rotated.stdout, /miniflux\/seed: miniflux accepts the new value and refuses/);
    const fresh = (await values()).monitoring!.seed!;
    assert.notEqual(fresh, old);
    for (const [service, name] of Object.entries({
      monitoring: "RELAY_SEED",
      miniflux: "THEIR_SEED",
    })) {
      const now = await environment(service);
      assert.equal(now.found.get(name), fresh);
      assert.notEqual(now.started, started[service]);
    }
    const { stdout } = await lab().npm("secrets", "list");
    assert.match(stdout, /^monitoring\/relay .* given /m);
    assert.match(stdout, /^miniflux\/seed .* of monitoring\/seed +yes /m);
  });

  it("shows none of them in the state, in output, on hosts, or in other programs' environments", async () => {
    const fresh = (await values()).monitoring!.seed!;
    const canaries = { old, fresh, given: "relay-canary-5e91" };
    const { stdout: state } = await lab().pulumi("stack", "export", "--stack", "dev");
    assert.match(state, /monitoring-secret-seed-value/);
    for (const [name, canary] of Object.entries(canaries)) {
      assert.ok(!state.includes(canary), name);
      assert.ok(!lab().printed.includes(canary), name);
      const shown = shownIn(watch, name, canary).filter(
        (text) => !/^(PULUMI_CONFIG|RELAY_ACCOUNT|RELAY_SEED|THEIR_SEED)=/.test(text),
      );
      assert.deepEqual(shown, [], name);
      for (const service of ["monitoring", "miniflux"]) {
        const { stdout } = await lab().on(await address(service), search, canary);
        assert.equal(stdout, "searched\n", `${name} on ${service}`);
      }
    }
  });

  after(() => watch.stop());
}

/** Variables by name, from what `env -0` or a process's `environ` has, in base64. */
function readEnvironment(base64: string): Map<string, string> {
  const entries = Buffer.from(base64, "base64").toString("utf8").split("\0").filter(Boolean);
  return new Map(
    entries.map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** Secrets that a person gives, that two services share, and that are variables of a unit. */
export const secrets: SitePart = {
  name: "secrets",
  manifest,
  hosts: { miniflux: host, monitoring: host },
  get settings() {
    return { secrets: encrypted };
  },
  prepare,
  describe: describeSecrets,
};
