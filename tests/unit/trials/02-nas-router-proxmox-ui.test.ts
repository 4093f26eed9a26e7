import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { load, refusal } from "../fixtures";
import { homelab } from "./homelab";
import { renderRoutes } from "../../sites";

/** The hypervisor's page with a certificate of its own, a NAS in another network, and the router. */
const devices = `
[routes.hypervisor]
upstream = "https://192.168.40.2:8006"
upstream_tls.insecure = true
[routes.nas]
upstream = "192.168.1.20:5001"
[routes.router]
upstream = "http://192.168.40.1"
`;

describe("pages of a hypervisor, a NAS and a router", () => {
  it("are routes without containers", () => {
    const { manifest } = load(homelab + devices);
    assert.deepEqual(
      manifest.services.map(({ name }) => name),
      ["caddy", "dns", "postgresql"],
    );
    assert.deepEqual(
      manifest.routes.map(({ url, upstream }) => `${url} ${upstream}`),
      [
        "https://hypervisor.home.example/ 192.168.40.2:8006",
        "https://nas.home.example/ 192.168.1.20:5001",
        "https://router.home.example/ 192.168.40.1:80",
      ],
    );
  });

  it("accept the hypervisor's own certificate where the manifest says so, and there alone", () => {
    const { manifest } = load(homelab + devices);
    const [hypervisor, nas] = manifest.routes.map((route) => renderRoutes([route])[0]);
    assert.match(hypervisor!, /reverse_proxy https:\/\/192\.168\.40\.2:8006 \{/);
    assert.match(hypervisor!, /tls_insecure_skip_verify/);
    assert.match(nas!, /reverse_proxy 192\.168\.1\.20:5001\n/);
    assert.doesNotMatch(nas!, /insecure/);
  });

  it("are not taken for services, and the advice names the table where they belong", () => {
    const asServices = `
[services.hypervisor]
ip = "192.168.40.2"
ports = [8006]
interface.proxy = { upstream = "https://192.168.40.2:8006" }
[services.nas]
ip = "192.168.40.20"
ports = [5001]
interface.proxy = { upstream = "192.168.1.20:5001" }
`;
    const { message } = refusal(homelab + asServices);
    assert.match(message, /hypervisor.*upstream: .*\[routes\.NAME\]/);
    assert.match(message, /nas.*upstream: .*\[routes\.NAME\]/);
  });

  it("are no addresses that are proposed to others", () => {
    const taken =
      '[routes.camera]\nupstream = "192.168.40.12"\n[services.a]\nip = "192.168.40.1"\n';
    const { message } = refusal(homelab + taken);
    assert.match(message, /is the gateway's address\. .* such as 192\.168\.40\.14\./);
  });
});
