import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { answersOf } from "../../manifest/caddyfile/answers";
import { weaveHeaders } from "../../manifest/caddyfile/headers";
import { visitorsOf } from "../../manifest/graph/access";
import { renderRoutes } from "../sites";
import { base, load } from "./fixtures";

const git = (route: string, service = "ports = [80, 9000]") =>
  `${base}[services.git]\nip = "192.168.99.20"\n${service}\n[services.git.interface.route]\n${route}\n`;

const gitOf = (text: string) => {
  const { manifest } = load(text);
  const service = manifest.services.find(({ name }) => name === "git")!;
  const route = service.interface.routes.default!;
  const ports = visitorsOf(manifest, service).flatMap((each) => each.ports);
  return { route, ports, text: renderRoutes([route])[0]! };
};

describe("a route without an upstream", () => {
  for (const [what, keys, answer] of [
    ["files", 'root = "/srv/www"', /\troot \* \/srv\/www\n\t+file_server\n/],
    ["a redirect", 'redirect = "https://a.lan{uri}"', /\tredir \* "https:\/\/a\.lan\{uri\}" 302\n/],
    ["a text", 'extra_config = "respond hello"', /\trespond hello\n/],
    [
      "files of its own directives",
      'extra_config = "root * /srv/www\\nfile_server"',
      /file_server/,
    ],
  ] as const) {
    it(`answers with ${what}, and needs no port`, () => {
      const { route, ports, text } = gitOf(git(keys, ""));
      assert.equal(route.upstream, undefined);
      assert.deepEqual([route.reaches, ports], [[], []]);
      assert.match(text, answer);
      assert.doesNotMatch(text, /reverse_proxy/);
    });
  }

  it("reaches what its directives pass requests to, which lets the proxy in there", () => {
    const { route, ports, text } = gitOf(
      git('extra_config = "root * /srv/git\\nphp_fastcgi 192.168.99.20:9000\\nfile_server"'),
    );
    assert.deepEqual([route.upstream, route.reaches], [undefined, ["192.168.99.20:9000"]]);
    assert.deepEqual(ports, [9000]);
    assert.match(text, /"upstreams":\["192\.168\.99\.20:9000"\]/);
  });

  it("may serve files beside PHP from the same folder", () => {
    const { route } = gitOf(
      git('root = "/srv/git"\nextra_config = "php_fastcgi 192.168.99.20:9000"'),
    );
    assert.equal(route.root, "/srv/git");
  });

  it("keeps its upstream where directives answer only some requests", () => {
    for (const text of [
      "respond /a 204",
      "handle /a {\n\trespond 204\n}",
      "@a path /a\nredir @a https://a.lan",
      "reverse_proxy /a 192.168.99.20:9000",
      "file_server {\n\tpass_thru\n}",
      "header X-A 1",
    ]) {
      assert.equal(answersOf(text).directive, undefined, text);
    }
    for (const text of ["respond * 204", "handle {\n\tabort\n}", "route {\n\terror 404\n}"]) {
      assert.notEqual(answersOf(text).directive, undefined, text);
    }
  });
});

describe("headers of a route's own directives", () => {
  const frame = { name: "X-Frame-Options", lines: ["header ?X-Frame-Options SAMEORIGIN"] };
  const weave = (text: string) => weaveHeaders(text, [frame]);

  it("are deferred in reverse, so that the last one still decides", () => {
    const { lines } = weave("header X-A 1\nheader X-A 2");
    assert.ok(lines.indexOf("\tX-A 2") < lines.indexOf("\tX-A 1"), lines.join("\n"));
    assert.equal(lines.filter((line) => line === "\tdefer").length, 2);
  });

  it("keep their text, comments included", () => {
    const text = 'header /a {\n\tX-B "{" # why\n\t-X-C\n}\nrespond "header X-D 1"';
    assert.equal(
      weaveHeaders(
        'header /a {\n\tX-B "b" # why\n\t-X-C\n}\nrespond "header X-D 1"',
        [],
      ).lines.join("\n"),
      'header /a {\n\tdefer\n\tX-B "b" # why\n\t-X-C\n}\nrespond "header X-D 1"',
    );
    // What Caddy would not read is left as it is.
    assert.equal(weaveHeaders(text, []).lines.join("\n"), text);
  });

  it("give way to nothing where they are defaults themselves", () => {
    assert.deepEqual(weave("header /a ?X-Frame-Options DENY").outside, [frame]);
    assert.deepEqual(weave("header -X-*").outside, []);
  });

  it("of what an upstream answered leave the default out", () => {
    const text =
      "reverse_proxy 192.168.99.20:80 {\n\t@e status 404\n\thandle_response @e {\n\t\theader -X-Frame-Options\n\t\trespond 404\n\t}\n}";
    assert.ok(!weave(text).lines.some((line) => line.includes("SAMEORIGIN")));
  });
});

describe("a domain", () => {
  it("is shared by services whose paths differ", () => {
    const { manifest } = load(
      `${git('domain = "x.nixmox.lan"')}[services.wiki]\nip = "192.168.99.21"\nports = [80]\n` +
        'interface.route = { domain = "x.nixmox.lan", path = "/wiki" }\n[routes.nas]\ndomain = "x.nixmox.lan"\npath = "/nas"\nupstream = "http://192.168.1.5"\n',
    );
    assert.equal(
      manifest.services.flatMap(({ interface: { routes } }) => Object.keys(routes)).length,
      2,
    );
  });
});
