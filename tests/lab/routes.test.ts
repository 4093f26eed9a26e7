import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { buildTemplate } from "../../lab/lab";
import type { RouteSpec } from "../../manifest/resolve/spec";
import { type Finished, finish } from "./homelab/homelab";
import { domain, harmless, hostile, upstream } from "../unit/caddyfile/samples";
import { assembleSites, renderRoutes } from "../sites";
import { oauth2Guard, outpostGuard } from "../unit/guards";
import { plainRoute } from "../unit/plainRoute";

const modules = join(__dirname, "../../nixos/modules/caddy");

/** What the proxy accepts, whatever the manifest's check has let pass: the script and Caddy itself. */
describe("check-routes", function () {
  this.timeout("5m");
  const home = mkdtempSync(join(tmpdir(), "nixmox-routes-"));
  const verdicts = new Map<string, Finished>();

  before(async () => {
    const { base } = await buildTemplate(() => undefined);
    mkdirSync(join(home, "bin"));
    symlinkSync(join(base, "rootfs/usr/bin/caddy"), join(home, "bin/caddy"));
    const texts = [...Object.values(harmless), ...Object.values(hostile)];
    // One after the other, they would take a minute.
    const lanes = Array.from({ length: 4 }, async () => {
      for (let text = texts.pop(); text !== undefined; text = texts.pop()) {
        verdicts.set(text, await check(site(text)));
      }
    });
    await Promise.all(lanes);
  });
  after(() => rmSync(home, { recursive: true }));

  const route: RouteSpec = { ...plainRoute, domain, upstream, reaches: [upstream] };
  const render = (each: RouteSpec, ...others: RouteSpec[]) => renderRoutes([each, ...others])[0]!;
  const site = (extra_config: string) => render({ ...route, extra_config });

  /** Puts a fragment beside the others, and checks it. */
  async function check(
    content: string,
    others: Readonly<Record<string, string>> = {},
  ): Promise<Finished> {
    const directory = mkdtempSync(join(home, "routes-"));
    for (const [name, text] of Object.entries({ ...others, notes: content })) {
      writeFileSync(join(directory, `${name}.caddy`), text);
    }
    const caddyfile = join(directory, "Caddyfile");
    const global = "{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n}\n";
    writeFileSync(caddyfile, global + assembleSites(directory));
    const words = [join(modules, "check-routes.sh"), join(directory, "notes.caddy")];
    return finish("bash", ["-euo", "pipefail", ...words], {
      env: {
        PATH: `${join(home, "bin")}:${process.env.PATH}`,
        // What `{$HOME}` would be replaced with.
        HOME: "/etc",
        directory,
        authorities: join(directory, "authorities"),
        suffix: ".caddy",
        caddyfile,
        text: join(modules, "route-text.jq"),
        site: join(modules, "route-site.jq"),
      },
    });
  }

  for (const [what, text] of Object.entries(harmless)) {
    it(`accepts ${what}`, () => {
      assert.deepEqual(verdicts.get(text), { status: 0, stdout: "", stderr: "" });
    });
  }

  for (const [what, text] of Object.entries(hostile)) {
    it(`refuses ${what}`, () => {
      const { status, stderr } = verdicts.get(text)!;
      assert.equal(status, 1, stderr);
      assert.match(stderr, /^Unable to accept route notes: notes\.nixmox\.lan may not have /);
    });
  }

  it("accepts what the deployment writes", async () => {
    const guard = { ...oauth2Guard, upstream_tls: false };
    for (const [text, ...others] of [
      renderRoutes([route]),
      renderRoutes([{ ...route, tls: false }]),
      renderRoutes([
        { ...route, path: "/api" },
        { ...route, path: "/feeds/", reaches: ["192.168.99.17:9000"] },
      ]),
      renderRoutes([{ ...route, path: "/feeds", guard: outpostGuard }]),
      renderRoutes([
        { ...route, path: "/admin", guard, extra_config: "encode gzip" },
        { ...route, guard },
      ]),
      renderRoutes([
        { ...route, domain: "*.apps.nixmox.lan" },
        { ...route, domain: "a.apps.nixmox.lan" },
      ]),
      renderRoutes([{ ...route, upstream: undefined, reaches: [], root: "/srv/www" }]),
      renderRoutes([
        { ...route, upstream: undefined, reaches: [], redirect: "https://b.lan{uri}" },
      ]),
      renderRoutes([{ ...route, headers: { "X-Frame-Options": false, "X-A": 'a "b" {' } }]),
    ]) {
      const result = await check(text!, Object.fromEntries(others.entries()));
      assert.deepEqual(result, { status: 0, stdout: "", stderr: "" }, text);
    }
  });

  it("says which service's route has what", async () => {
    const { stderr } = await check(site("root * /etc\nfile_server"));
    assert.match(stderr, /^Unable to accept route notes: .*root at \/etc.*extra_config/);
  });

  it("refuses the path of another route, over HTTP, too, and no other path", async () => {
    const others = { feeds: site("") };
    for (const tls of [true, false]) {
      const { status, stderr } = await check(render({ ...route, tls }), others);
      assert.equal(status, 1);
      assert.match(stderr, /notes\.nixmox\.lan\/ belongs to feeds/);
    }
    for (const changes of [{ domain: "other.nixmox.lan" }, { path: "/api" }]) {
      assert.equal((await check(render({ ...route, ...changes }), others)).status, 0);
    }
  });

  it("is content before there is any route", async () => {
    const directory = mkdtempSync(join(home, "none-"));
    const caddyfile = join(directory, "Caddyfile");
    writeFileSync(join(directory, "sites"), assembleSites(directory));
    writeFileSync(caddyfile, `import ${directory}/sites*\nhttp:// {\n\trespond 404\n}\n`);
    const args = ["validate", "--config", caddyfile, "--adapter", "caddyfile"];
    const { status, stderr } = await finish(join(home, "bin/caddy"), args, { env: { HOME: home } });
    assert.equal(status, 0, stderr);
  });

  it("takes the whole sites of earlier versions as they are", async () => {
    const earlier =
      '# nixmox {"domain":"old.nixmox.lan","tls":true,"upstreams":[]}\nold.nixmox.lan {\n}\n';
    assert.equal((await check(site(""), { earlier })).status, 0);
  });

  it("refuses what the first line does not describe", async () => {
    const text = render({ ...route, path: "/api" });
    for (const wrong of [
      text.replace(/^.*\n/, ""),
      `\n${text}`,
      text.replace("# nixmox", "#  nixmox"),
      text.replace(/^# nixmox .*/, "# nixmox {}"),
      text.replace('"path":"/api"', '"path":"/"'),
      text.replace("192.168.99.17:8080", "192.168.99.18:8080"),
      text.replace("path /api /api/*", "path /*"),
      text.replace("path /api /api/*", "host feeds.nixmox.lan"),
      text.replace(/handle @nixmox_\w+ \{/, "handle {"),
      text.replace(/handle (@nixmox_\w+ \{)/, "route $1"),
      text.replace(/\n@/, "\nheader X-A 1\n@"),
      `${text}respond 204\n`,
      `${text}route {\n\trespond 204\n}\n`,
      `${text}handle /other {\n\trespond 204\n}\n`,
      `${text}handle {\n\trespond 204\n}\n`,
      `${text}}\nfeeds.nixmox.lan {\n`,
      `${text}(snippet) {\n}\n`,
    ]) {
      assert.notEqual(wrong, text);
      assert.equal((await check(wrong)).status, 1, wrong);
    }
  });
});
