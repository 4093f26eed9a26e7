import assert from "node:assert/strict";
import { beforeEach, it } from "mocha";
import { base, load } from "../fixtures";
import { describeScript, failed, succeeded } from "../scripts/host";

const broker = (readiness: string) => `${base}
[services.broker]
ip = "192.168.99.51"
ports = [1883]
unit = "mosquitto.service"
interface.health = { readiness = ${JSON.stringify(readiness)}, interval = 1, retries = 25 }
`;

describeScript("components/scripts/check-health.sh", (host) => {
  /** The gate of the broker with this check, as it is rendered; its unit is running. */
  const gate = (readiness: string) => {
    const { manifest } = load(broker(readiness));
    const { unit, interface: own } = manifest.services.find(({ name }) => name === "broker")!;
    const { interval, timeout, retries } = own.health;
    return host().run([
      ...["broker", unit, String(interval), String(timeout), String(retries), "60"],
      ...[own.health.startup, own.health.readiness],
    ]);
  };

  beforeEach(() => {
    host().fake(
      "systemctl",
      `case $* in
         *LoadState*absent*) echo not-found ;;
         *LoadState*) echo loaded ;;
         show*) printf 'SubState=running\\nJob=\\n' ;;
         is-active*absent*) exit 4 ;;
         is-active*) exit 0 ;;
         list-units*auto-restart*) [ ! -e looping ] || echo 'bridge.service loaded activating auto-restart A bridge' ;;
       esac`,
    );
    host().fake("journalctl", "echo 'mosquitto running'");
  });

  for (const check of [
    "nc-that-is-not-there -z 192.168.99.51 1883",
    "nc-that-is-not-there -z 192.168.99.51 1883 | grep -q open",
    "nc-that-is-not-there -z 192.168.99.51 1883 || exit 1",
  ]) {
    it(`says at once what \`${check}\` lacks`, () => {
      const started = Date.now();
      const said = failed(gate(check));
      assert.ok(Date.now() - started < 5000);
      assert.match(said, /its readiness check exited with status \d+, so it cannot be run/);
      assert.match(said, /^ {2}sh: .*nc-that-is-not-there: (command )?not found$/m);
      assert.match(said, /Correct interface\.health\.readiness of broker in the manifest, or add/);
    });
  }

  it("says at once that the check asks for a unit that does not exist", () => {
    const said = failed(gate("systemctl is-active --quiet absent && true"));
    assert.match(said, /there is no absent\.service, and its readiness check exited with status 4/);
  });

  it("does not take what a program itself says for a missing one", () => {
    host().fake("sleep", "");
    const said = failed(gate("echo 'page: not found'; exit 22"));
    assert.match(said, /exited with status 22 \(tries: 26/);
    assert.match(said, /^ {2}page: not found$/m);
  });

  it("names units that systemd keeps restarting", () => {
    host().fake("touch-looping", "touch looping");
    const { stderr, status } = gate("touch-looping");
    assert.equal(status, 0);
    assert.match(stderr, /bridge\.service has failed on the host of broker; systemd will start it/);
    assert.equal(succeeded(gate("true")), "");
  });
});
