import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { RouteSpec } from "../../../manifest/resolve/spec";
import type { Finished, Homelab } from "./homelab";
import { renderRoutes } from "../../sites";
import { plainRoute } from "../../unit/plainRoute";
import { ask } from "./web";

const manifest = `
[services.notes]
ip = "192.168.99.17"
ports = [8080]
interface.route.extra_config = """
header X-A 1
import /etc/shadow
"""
`;

/** What `extra_config` could do to others, tried on the proxy itself, past the manifest's check. */
export function describeRoutes(lab: () => Homelab): void {
  describe("a route's own directives", () => {
    let proxy: string;
    let ca: string;
    let upstream: string;

    before(async () => {
      const services = await lab().services();
      proxy = services.caddy!.address;
      upstream = `${services.miniflux!.address}:8080`;
      ca = await lab().output<string>("caCertificate");
    });
    after(() => onProxy("nixmox-fragment remove routes guest; rm -rf /srv/guest"));

    const onProxy = (script: string, stdin = "") => lab().on(proxy, script, stdin);
    const put = (extra_config: string, changes: Partial<RouteSpec> = {}): Promise<Finished> => {
      const route = { ...plainRoute, domain: "guest.nixmox.lan", upstream, reaches: [upstream] };
      const [text] = renderRoutes([{ ...route, tls: false, extra_config, ...changes }]);
      return onProxy("nixmox-fragment put routes guest", text);
    };
    const accepted = async (...args: Parameters<typeof put>) => {
      const { status, stderr } = await put(...args);
      assert.equal(status, 0, stderr);
    };
    /** A refusal with its reason, which shows no line of any file. */
    const refused = async (reason: RegExp, ...args: Parameters<typeof put>) => {
      const { status, stderr } = await put(...args);
      assert.equal(status, 1);
      assert.match(stderr, reason);
      assert.doesNotMatch(stderr, /root:|PRIVATE KEY/);
      assert.equal((await ask("http://guest.nixmox.lan/", proxy)).status, 404);
      const others = await ask("https://miniflux.nixmox.lan/healthcheck", proxy, ca);
      assert.equal(others.body, "OK");
    };
    const files = (folder: string) => `handle /* {\nroot * ${folder}\nfile_server browse\n}`;

    it("do not serve the proxy's credentials", async () => {
      const folder = "/run/credentials/caddy.service";
      assert.notEqual((await onProxy(`ls ${folder}`)).stdout, "", "there is nothing to steal");
      await refused(/root at \/run\/credentials/, files(folder));
      await refused(/placeholder \{file\./, `respond "{file.${folder}/key}"`);
    });

    it("do not reach Caddy's administration", async () => {
      const socket = "/run/caddy/admin.sock";
      await refused(/the upstream unix\//, `reverse_proxy unix/${socket}`);
      await refused(/the upstream localhost:2019/, "reverse_proxy localhost:2019");
      const listeners = await onProxy("ss --listening --tcp --numeric --no-header");
      assert.match(listeners.stdout, /:443 /);
      assert.doesNotMatch(listeners.stdout, /:2019 /);
      // An empty host is the one that every version accepts on a socket.
      const get = `curl --silent --fail --header 'Host;' --unix-socket ${socket} http://localhost/config/apps/http`;
      assert.match((await onProxy(get)).stdout, /miniflux\.nixmox\.lan/);
      assert.notEqual((await onProxy(`runuser --user nobody -- ${get}`)).status, 0);
    });

    it("do not take another service's site", async () => {
      const taken = "}\n}\n}\nhttp://miniflux.nixmox.lan {\nhandle {\nhandle {\nrespond taken";
      await refused(/braces that close more or less than one site/, taken);
      const domain = "miniflux.nixmox.lan";
      await refused(/belongs to miniflux-nixmox-lan-/, "respond taken", { domain });
    });

    it("do not import files", async () => {
      await refused(/import, which reads other files/, "import /etc/shadow");
      await refused(/a character that cannot be seen/, "im\rport /etc/shadow");
    });

    it("are accepted otherwise, and removed", async () => {
      await onProxy("install -D --mode=0644 /dev/stdin /srv/guest/page.txt", "a page");
      await accepted(`${files("/srv/guest")}\nheader X-Guest 1`);
      const page = await ask("http://guest.nixmox.lan/page.txt", proxy);
      assert.equal(page.body, "a page");
      assert.equal(page.headers["x-guest"], "1");
      assert.equal(page.headers["strict-transport-security"], undefined);
      await accepted('header /own Strict-Transport-Security "max-age=1"', { tls: true });
      for (const [path, header] of [
        ["/", "max-age=31536000"],
        ["/own", "max-age=1"],
      ] as const) {
        const { headers } = await ask(`https://guest.nixmox.lan${path}`, proxy, ca);
        assert.equal(headers["strict-transport-security"], header);
      }
      assert.equal((await onProxy("nixmox-fragment remove routes guest")).status, 0);
    });

    it("are checked by Caddy's user, who sees no secret meanwhile", async () => {
      const look = "id --user --name; ls /run/credentials /run/caddy /var/lib/caddy || true";
      const check = `. /etc/nixmox/fragments/routes; sed 's#/nix/store/.*check-routes.*#sh -c "${look}"#' "$check"`;
      const { stdout } = await onProxy(`(${check}) | sh; ${look}`);
      const [inside, outside] = stdout.split("root\n");
      assert.match(inside!, /^caddy\n/);
      assert.doesNotMatch(inside!, /caddy\.service|admin\.sock/);
      assert.match(outside!, /admin\.sock[^]*caddy\.service/);
    });

    it("are refused before anything is deployed, with the manifest's line", async () => {
      const printed = await lab().refuse({ manifest });
      const line =
        lab()
          .read("manifest/nixmox.toml")
          .split("\n")
          .indexOf('interface.route.extra_config = """') + 1;
      assert.match(printed, new RegExp(`nixmox\\.toml:${line}:\\d+: .*line 2 has import`));
      lab().prepare({});
    });
  });
}
