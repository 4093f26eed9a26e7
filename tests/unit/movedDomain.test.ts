import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { base } from "./fixtures";
import { runProgram } from "./program";

/** A resource with the same name and the same types above it is the same one to Pulumi. */
describe("a domain that moves", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-moved-"));
  const board = 'domain = "board.nixmox.lan"\npath = "/b"\n';
  const services =
    '[services.one]\nip = "192.168.99.20"\nports = [80]\nmodules = ["miniflux"]\n[services.two]\nip = "192.168.99.21"\nports = [80]\nmodules = ["miniflux"]\n';
  const owners = {
    one: `[services.one.interface.route]\n${board}`,
    two: `[services.two.interface.routes.any]\n${board}`,
    device: `[routes.device]\nupstream = "http://192.168.1.5"\n${board}`,
  };
  const found: Record<string, { urn: string; place: string; content: string }> = {};

  before(async () => {
    for (const [owner, route] of Object.entries(owners)) {
      const file = join(folder, "nixmox.toml");
      writeFileSync(file, base + services + route);
      const { resources } = await runProgram(file);
      const site = resources.get("caddy-route-board.nixmox.lan/b-site")!;
      const types: string[] = [];
      for (let at = site; at !== undefined; at = resources.get(at.parent ?? "")!) {
        types.unshift(at.type);
      }
      const { create, stdin } = site.inputs as { create: string; stdin: string };
      found[owner] = { urn: `${types.join("$")}::${site.name}`, place: create, content: stdin };
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is the same resource and the same file with either owner", () => {
    assert.deepEqual([...new Set(Object.values(found).map(({ urn }) => urn))].length, 1);
    assert.deepEqual([...new Set(Object.values(found).map(({ place }) => place))].length, 1);
    assert.match(found.one!.place, /^nixmox-fragment put routes board-nixmox-lan-b-[0-9a-f]{12}$/);
  });

  it("leads to its new owner", () => {
    assert.match(found.one!.content, /reverse_proxy 192\.168\.99\.20:80\n/);
    assert.match(found.two!.content, /reverse_proxy 192\.168\.99\.21:80\n/);
    assert.match(found.device!.content, /reverse_proxy 192\.168\.1\.5:80\n/);
  });
});
