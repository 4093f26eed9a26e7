import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { base, refusal } from "../fixtures";

/** Issues of services with their ports, by path. */
function messages(services: string): Record<string, string> {
  const { issues } = refusal(`${base}${services}`);
  return Object.fromEntries(issues.map(({ path, message }) => [path.join("."), message]));
}

describe("ports that the host itself uses", () => {
  it("are refused with who has them and what is free", () => {
    const found = messages(`
      [services.git]
      ip = "192.168.99.52"
      ports = [3000, 22]
      unit = "forgejo.service"
      interface = { db = {}, proxy = {} }
      [services.exporter]
      ip = "192.168.99.53"
      ports = [9100]
      interface.proxy = {}
      [services.monitoring]
      ip = "192.168.99.54"
      ports = [9100]
      unit = "prometheus.service"
    `);
    assert.deepEqual(Object.keys(found), [
      "services.git.ports.1",
      "services.exporter.ports.0",
      "services.monitoring.ports.0",
    ]);
    assert.match(found["services.git.ports.1"]!, /22 .* sshd, which every host runs.*such as 2222/);
    for (const name of ["exporter", "monitoring"]) {
      const message = found[`services.${name}.ports.0`]!;
      assert.match(message, /9100 .* the node exporter, which every host runs.*such as 9101/);
    }
  });

  it("are free for another protocol", () => {
    const udp = `[services.a]\nip = "192.168.99.52"\nports = [{ port = 22, protocol = "udp" }, 80, 22]\n`;
    assert.deepEqual(Object.keys(messages(udp)), ["services.a.ports.2"]);
  });

  it("do not offer a port that the service has already", () => {
    const found = messages(`[services.a]\nip = "192.168.99.52"\nports = [2222, 22]\n`);
    assert.doesNotMatch(found["services.a.ports.1"]!, /such as/);
  });
});
