import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "mocha";
import { dig, type Homelab } from "../homelab/homelab";
import { ask } from "../homelab/web";
import type { SitePart } from "./part";

const port = 8446;

/** A device on the machine that runs the lab, which is the gateway of its network. */
const manifest = `
[routes.device]
upstream = "https://192.168.99.1:${port}"
upstream_tls = { ca = "certificates/device.pem", server_name = "device.home" }

[routes.appliance]
upstream = "https://192.168.99.1:${port}"
upstream_tls.insecure = true
auth = { type = "forward_auth", groups = ["operators"] }

[routes.stranger]
upstream = "https://192.168.99.1:${port}"
upstream_tls = { ca = "certificates/stranger.pem", server_name = "device.home" }
`;

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate that nobody but its owner signed, as devices have. */
function selfSigned(name: string): Pair {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-device-"));
  try {
    const [key, cert] = [join(folder, "key"), join(folder, "cert")];
    execFileSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"],
      ...["-keyout", key, "-out", cert, "-days", "2", "-subj", `/CN=${name}`],
      ...["-addext", `subjectAltName=DNS:${name}`],
    ]);
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let server: Server | undefined;

async function prepare(lab: Homelab): Promise<void> {
  const own = selfSigned("device.home");
  server = createServer(own, ({ headers }, response) => {
    response.end(`the device, asked by ${headers["x-forwarded-for"]} for ${headers.host}`);
  });
  await new Promise<void>((resolve) => server!.listen(port, () => resolve()));
  lab.write("manifest/certificates/device.pem", own.cert);
  lab.write("manifest/certificates/stranger.pem", selfSigned("device.home").cert);
}

async function restore(): Promise<void> {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
}

export const externalRoutes: SitePart = {
  name: "a route to a device",
  manifest,
  prepare,
  restore,
  describe: (lab) => {
    const proxy = async () => (await lab().services()).caddy!.address;
    const page = async (name: string) =>
      ask(`https://${name}.nixmox.lan/`, await proxy(), await lab().output("caCertificate"));

    it("has a name, which is the proxy's", async () => {
      const { dns, caddy } = await lab().services();
      assert.deepEqual(dig(dns!.address, "device.nixmox.lan"), [caddy!.address]);
      const urls = await lab().output<Record<string, string>>("routes");
      assert.equal(urls.device, "https://device.nixmox.lan/");
    });

    it("shows the page of a device with the certificate that it must have", async () => {
      const { status, body } = await page("device");
      assert.equal(status, 200, body);
      assert.match(body, /^the device, asked by [0-9.]+ for device\.nixmox\.lan$/);
    });

    it("shows nothing of one with another certificate", async () => {
      assert.equal((await page("stranger")).status, 502);
    });

    it("sends people to sign in first, where it says so", async () => {
      const { status, headers, body } = await page("appliance");
      assert.equal(status, 302);
      assert.match(
        headers.location!,
        /^https:\/\/authentik\.nixmox\.lan\/application\/o\/authorize\//,
      );
      assert.doesNotMatch(body, /the device/);
    });

    it("follows a device to its next certificate as soon as the proxy has it", async () => {
      const next = selfSigned("device.home");
      server!.setSecureContext(next);
      server!.closeAllConnections();
      const put = "nixmox-fragment put authorities device-route-authority";
      const { status, stderr } = await lab().on(await proxy(), put, next.cert);
      assert.equal(status, 0, stderr);
      assert.equal((await page("device")).status, 200);
    });

    it("keeps its certificate if the new one is none", async () => {
      const put = "nixmox-fragment put authorities device-route-authority";
      const { status, stderr } = await lab().on(await proxy(), put, "no certificate");
      assert.equal(status, 1);
      assert.match(stderr, /it was refused/);
      assert.equal((await page("device")).status, 200);
    });
  },
};
