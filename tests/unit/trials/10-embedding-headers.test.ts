import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { renderRoutes } from "../../sites";
import { load } from "../fixtures";
import { homelab } from "./homelab";

const services = `${homelab}
[services.cloud]
ip = "192.168.40.21"
ports = [80]
interface.proxy = {}
[services.office]
ip = "192.168.40.22"
ports = [80]
[services.office.interface.proxy]
`;

/** What Caddy makes of these is in tests/lab/proxy.test.ts. */
describe("a page that others embed", () => {
  const site = (route: string) => {
    const { manifest } = load(services + route);
    const office = manifest.services.find(({ name }) => name === "office")!;
    return renderRoutes(Object.values(office.interface.routes))[0]!;
  };

  it("says so with directives, which come last and replace what the application sends", () => {
    const text = site(
      'extra_config = """\nheader -X-Frame-Options\nheader Content-Security-Policy "frame-ancestors https://cloud.home.example"\n"""\n',
    );
    const own = text.slice(text.indexOf("\thandle {"));
    const at = (line: string) => own.indexOf(line);
    assert.ok(at('Content-Security-Policy "frame-ancestors https://cloud.home.example"') > 0);
    assert.ok(at("header -X-Frame-Options") < at('header ?X-Frame-Options "SAMEORIGIN"'));
    assert.equal(own.match(/\bdefer\b/g)?.length, 2);
  });

  it("or with a table, which leaves the default out", () => {
    const text = site(
      "headers = { x-frame-options = false, Content-Security-Policy = \"frame-ancestors 'self'\" }\n",
    );
    assert.doesNotMatch(text, /SAMEORIGIN/);
    assert.match(text, /header -x-frame-options\n/);
    assert.match(text, /Content-Security-Policy "frame-ancestors 'self'"\n\t+defer/);
    assert.match(text, /header \?Referrer-Policy/);
  });

  it("takes both, and a single header is no name of a route", () => {
    const { manifest } = load(`${services}headers.X-Frame-Options = false\n`);
    const office = manifest.services.find(({ name }) => name === "office")!;
    assert.deepEqual(Object.keys(office.interface.routes), ["default"]);
  });
});
