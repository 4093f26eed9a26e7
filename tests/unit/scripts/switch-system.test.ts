import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { beforeEach, describe, it } from "mocha";
import { describeScript, type FakeHost, failed, succeeded } from "./host";

const unit = "nixos-rebuild-switch-to-configuration.service";

/** A systemd that runs one unit, which is active as long as its process is there. */
function fakeSystemd(host: FakeHost): void {
  host.fake(
    "systemd-run",
    `[[ ! -e refuses ]] || { echo 'Failed to start transient service unit.' >&2; exit 1; }
    while [[ $1 == -* ]]; do
      case $1 in
        --setenv=*) export "\${1#*=}" ;;
        --description=*) echo "\${1#*=}" >description ;;
      esac
      shift
    done
    setsid "$@" </dev/null >/dev/null 2>&1 &
    echo $! >unit-pid`,
  );
  host.fake(
    "systemctl",
    `case $3 in
      ActiveState) kill -0 "$(cat unit-pid || echo none)" && echo active || echo inactive ;;
      Description) cat description ;;
    esac 2>/dev/null`,
  );
}

describeScript("components/scripts/switch-system.sh", (host) => {
  let system: string;
  /** What stands in for activate-system.sh; it ends with a status as that does. */
  const activation = (text: string, status = 0) =>
    `echo "activate $*" >>calls\nexec >>"$NIXMOX_RUN/log" 2>&1\n${text}\necho ${status} >"$NIXMOX_RUN/status"\n`;
  const env = () => ({ NIXMOX_RUN: host().path("run") });
  const run = (input: string, extra: Record<string, string> = {}) =>
    host().run([system, "never"], { input, env: { ...env(), ...extra } });

  beforeEach(() => {
    system = host().path("system");
    mkdirSync(system);
    fakeSystemd(host());
  });

  it("runs the activation in a unit, shows what that says, and prints the system alone", () => {
    const { status, stdout, stderr } = run(activation("echo activating; sleep 1; echo done"));
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `${system}\n`);
    assert.equal(stderr, "activating\ndone\n");
    const [started] = host().calls("systemd-run");
    assert.match(started!, /--collect --no-ask-password --quiet --service-type=exec /);
    assert.match(started!, new RegExp(`--unit=${unit} `));
    assert.doesNotMatch(started!, /--pipe|--wait/);
    assert.deepEqual(host().calls("activate"), [`activate ${system} never`]);
  });

  it("ends as the activation does", () => {
    const { status, stdout, stderr } = run(activation("echo 'units failed'", 4));
    assert.equal(status, 4);
    assert.equal(stdout, "");
    assert.equal(stderr, "units failed\n");
  });

  it("shows all that was said by one that ended at once", () => {
    const { status, stderr } = run(activation("echo quick"));
    assert.equal(status, 0);
    assert.equal(stderr, "quick\n");
  });

  it("says so if the activation was ended from outside", () => {
    const said = failed(run("echo begun >>$NIXMOX_RUN/log; kill -9 $$"));
    assert.match(
      said,
      /^begun\nUnable to activate .*: its activation was ended from outside\. Look/,
    );
  });

  it("says so if the unit cannot be started", () => {
    writeFileSync(host().path("refuses"), "");
    const said = failed(run(activation("")));
    assert.match(said, /^Failed to start[^]*systemd cannot start nixos-rebuild-switch-to-conf/);
  });

  it("does not take the outcome of an earlier one for its own", () => {
    mkdirSync(host().path("run"));
    writeFileSync(host().path("run", "status"), "0\n");
    failed(run("exit 1"));
  });

  it("goes on to its end though its connection breaks; the next one waits and sees the outcome", async () => {
    const go = host().path("go");
    const text = activation(`echo begun; until [[ -e ${go} ]]; do sleep 0.1; done; echo ended`, 4);
    const first = host().start([system, "never"], { input: text, env: env() });
    while (!/begun/.test(first.stderr)) await new Promise((resolve) => setTimeout(resolve, 50));
    first.kill();
    const second = host().start([system, "never"], { input: activation("echo twice"), env: env() });
    while (!/begun/.test(second.stderr)) await new Promise((resolve) => setTimeout(resolve, 50));
    writeFileSync(go, "");
    assert.equal(await second.exit, 4);
    assert.match(
      second.stderr,
      /being activated already, since a connection broke\.\nbegun\nended\n$/,
    );
    assert.equal(host().calls("systemd-run").length, 1);
  });

  it("waits for another switch to end before it begins its own", async () => {
    const go = host().path("go");
    const text = activation(`until [[ -e ${go} ]]; do sleep 0.1; done`);
    const first = host().start([host().path("other"), "never"], { input: text, env: env() });
    while (!existsSync(host().path("unit-pid"))) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const second = host().start([system, "never"], { input: activation("echo mine"), env: env() });
    while (!/Waiting/.test(second.stderr)) await new Promise((resolve) => setTimeout(resolve, 50));
    writeFileSync(go, "");
    assert.equal(await second.exit, 0);
    assert.equal(await first.exit, 0);
    assert.match(
      second.stderr,
      new RegExp(`^Waiting for ${unit}, which changes this host.\nmine\n$`),
    );
    assert.match(readFileSync(host().path("calls"), "utf8"), /activate \S+other never/);
  });

  describe("with a firewall that lets in SSH from some networks", () => {
    const from = (address: string) =>
      run(activation(""), { SSH_CONNECTION: `${address} 50000 192.168.99.15 22` });
    const admit = (...networks: string[]) => {
      mkdirSync(host().path("system", "etc", "nixmox"), { recursive: true });
      const file = host().path("system", "etc", "nixmox", "ssh-from");
      writeFileSync(file, networks.map((each) => `${each}\n`).join(""));
    };
    const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

    for (const [address, ...networks] of [
      ["192.168.99.1", ...privateNetworks],
      ["10.255.255.255", ...privateNetworks],
      ["172.31.255.254", ...privateNetworks],
      ["203.0.113.7", "203.0.113.7/32"],
      ["203.0.113.7", "203.0.113.6/31"],
      ["203.0.113.7", "0.0.0.0/0"],
      ["::ffff:192.168.99.1", "192.168.99.0/24"],
    ] as const) {
      it(`activates from ${address}, which is inside ${networks.join(" or ")}`, () => {
        admit(...networks);
        assert.equal(succeeded(from(address)), `${system}\n`);
      });
    }

    for (const [address, ...networks] of [
      ["203.0.113.7", ...privateNetworks],
      ["172.32.0.1", ...privateNetworks],
      ["172.15.255.255", ...privateNetworks],
      ["11.0.0.1", ...privateNetworks],
      ["203.0.113.8", "203.0.113.6/31"],
      ["203.0.113.7"],
      ["2001:db8::7", "0.0.0.0/0"],
    ] as const) {
      it(`does not lock out ${address}, which is outside ${networks.join(" and ")}`, () => {
        admit(...networks);
        const said = failed(from(address));
        assert.equal(
          said,
          `Unable to activate ${system}: it would refuse SSH from ${address}, where this comes from. ` +
            "Add it to network.ssh_from in the manifest and run pulumi up again.\n",
        );
        assert.deepEqual(host().calls(), []);
      });
    }

    it("asks no one who is at the host itself, nor a system that does not say", () => {
      admit("192.168.99.0/24");
      succeeded(run(activation("")));
      rmSync(host().path("system", "etc"), { recursive: true });
      succeeded(from("203.0.113.7"));
    });
  });
});
