import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { base, issuesOf, load } from "../fixtures";

const git = (upstream: string) =>
  `${base}[services.git]\nip = "192.168.99.20"\nports = [80]\n` +
  `interface.route.upstream = ${JSON.stringify(upstream)}\n`;

describe("an upstream", () => {
  it("is a port of the service's own host", () => {
    load(git("192.168.99.20:3000"));
  });

  for (const upstream of [
    "192.168.99.11:5432",
    "192.168.99.20.example.org:80",
    "localhost:2019",
    "127.0.0.1:2019",
    "169.254.169.254:80",
    "git:80",
    "[::1]:80",
    "unix//run/caddy/admin.sock",
    "srv+http://_http._tcp.example.org",
    "h2c://192.168.99.20:80",
    "https://192.168.99.20:80",
    "192.168.99.20:80/path",
    "192.168.99.20:80 192.168.99.11:5432",
    "192.168.99.20:80-90",
    "192.168.99.20:080",
    "192.168.99.20:0",
    "192.168.99.20:65536",
    "192.168.99.20:",
    ":80",
    "{env.HOME}:80",
    "{$HOME}:80",
    "192.168.99.20:{http.request.port}",
    "192.168.99.20:80 {",
    "192.168.99.20:80\n}",
    "192.168.99.20:80\n",
    "192.168.99.20:80 # comment",
    "",
  ]) {
    it(`is not ${JSON.stringify(upstream)}`, () => {
      const [issue, ...others] = issuesOf(git(upstream));
      assert.match(
        issue!,
        /^(wrong-format|wrong-host|hidden-character) services\.git\.interface\.route\.upstream$/,
      );
      assert.deepEqual(others, []);
    });
  }
});
