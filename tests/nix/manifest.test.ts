import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { readSource } from "../../manifest/read";
import { environment } from "./nix";

const canary = "c4n4ry-1f7e";

/** A server in a process of its own, since this one waits for Nix. Logs what is asked for. */
const serve = `
  const [log, answer] = process.argv.slice(1);
  const server = require("http").createServer((request, response) => {
    require("fs").appendFileSync(log, request.url + "\\n");
    response.end(answer);
  });
  server.listen(0, "127.0.0.1", () => process.stdout.write(String(server.address().port)));`;

describe("a manifest in Nix", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-manifest-"));
  const outside = mkdtempSync(join(tmpdir(), "nixmox-outside-"));
  const passphrase = join(outside, "passphrase");
  const log = join(outside, "requests");
  const requests = () => readFileSync(log, "utf8");
  let server: ChildProcess;
  let address: string;

  const write = (files: Readonly<Record<string, string>>, to = folder) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(to, name)), { recursive: true });
      writeFileSync(join(to, name), text);
    }
  };
  const read = (text: string): unknown => {
    write({ "manifest.nix": text });
    return readSource(join(folder, "manifest.nix")).data;
  };
  const refusal = (text: string): string => {
    try {
      read(text);
    } catch (error) {
      assert.equal((error as Error).name, "ManifestError", String(error));
      return (error as Error).message;
    }
    throw new Error(`accepted: ${text}`);
  };
  /** What Nix makes of the same file without restrictions. */
  const unrestricted = (text: string): string => {
    write({ "manifest.nix": text });
    const args = ["--eval", "--strict", "--json", join(folder, "manifest.nix")];
    const env = { ...environment, NIX_PATH: `canary=${outside}`, CANARY: canary };
    const { stdout, stderr } = spawnSync("nix-instantiate", args, { env, encoding: "utf8" });
    return stdout + stderr;
  };

  before(async () => {
    write({ passphrase: canary, "stolen.nix": `{ a = "${canary}"; }` }, outside);
    writeFileSync(log, "");
    server = spawn(process.execPath, ["-e", serve, log, canary], { stdio: ["ignore", "pipe", 2] });
    const port = await new Promise<Buffer>((done) => server.stdout!.once("data", done));
    address = `http://127.0.0.1:${port.toString()}`;
    process.env.CANARY = canary;
    process.env.NIX_PATH = `canary=${outside}`;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
  });
  after(() => {
    delete process.env.CANARY;
    delete process.env.NIX_PATH;
    server.kill();
    for (const each of [folder, outside]) rmSync(each, { recursive: true });
  });

  it("may import Nix files beside it and below, and nothing from hidden folders", () => {
    write({ "wiki.nix": "{ ip = 1; }", "apps/git.nix": "{ ip = (import ../wiki.nix).ip + 1; }" });
    assert.deepEqual(read("{ a = import ./wiki.nix; b = import ./apps/git.nix; }"), {
      a: { ip: 1 },
      b: { ip: 2 },
    });
    write({ ".nixmox/key.nix": `"${canary}"` });
    assert.match(refusal("import ./.nixmox/key.nix"), /forbidden in restricted mode/);
  });

  const secret = new RegExp(canary);
  const attacks: [what: string, text: () => string, control: RegExp][] = [
    ["the passphrase", () => `builtins.readFile ${passphrase}`, secret],
    ["the passphrase as a path", () => `builtins.readFile (/. + "${passphrase}")`, secret],
    ["a folder", () => `builtins.attrNames (builtins.readDir ${outside})`, /stolen\.nix/],
    ["Nix code elsewhere", () => `import ${outside}/stolen.nix`, secret],
    ["Nix code through ..", () => `import ${folder}/../${basename(outside)}/stolen.nix`, secret],
    ["what NIX_PATH names", () => "import <canary/stolen.nix>", secret],
    [
      "a search path of its own",
      () => `import (builtins.findFile [ { prefix = ""; path = "${outside}"; } ] "stolen.nix")`,
      secret,
    ],
    ["a hash", () => `builtins.hashFile "sha256" ${passphrase}`, /"[0-9a-f]{64}"/],
    ["a copy", () => `builtins.path { path = ${passphrase}; name = "p"; }`, /-p"/],
    ["a filtered copy", () => `builtins.filterSource (a: b: true) ${outside}`, /-nixmox-outside/],
    ["the passphrase as text", () => `"\${${passphrase}}"`, /-passphrase"/],
    ["code in another scope", () => `builtins.scopedImport { } ${outside}/stolen.nix`, secret],
  ];
  for (const [what, text, control] of attacks) {
    it(`cannot read ${what}`, () => {
      const message = refusal(text());
      assert.match(message, /forbidden in restricted mode|was not found in the Nix search path/);
      assert.doesNotMatch(message, secret);
      assert.match(unrestricted(text()), control);
    });
  }

  it("cannot tell whether a file exists", () => {
    const text = `builtins.pathExists ${passphrase}`;
    assert.equal(read(text), false);
    assert.match(unrestricted(text), /true/);
  });

  it("cannot read the environment", () => {
    const text = 'map builtins.getEnv [ "CANARY" "HOME" "PATH" "NIX_PATH" ]';
    assert.deepEqual(read(text), ["", "", "", ""]);
    assert.match(unrestricted(text), secret);
  });

  it("cannot reach the network", () => {
    const hash = "0000000000000000000000000000000000000000000000000000";
    const fetches = [
      `builtins.readFile (builtins.fetchurl "${address}/a")`,
      `builtins.fetchTarball { url = "${address}/a.tar.gz"; sha256 = "${hash}"; }`,
      `builtins.fetchGit { url = "${address}/a.git"; }`,
      `builtins.fetchMercurial "${address}/a"`,
      `builtins.readFile (import <nix/fetchurl.nix> { url = "${address}/a"; sha256 = "${hash}"; }).outPath`,
      `builtins.readFile (derivation { name = "a"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo > $out" ]; })`,
    ];
    for (const text of fetches) refusal(text);
    assert.equal(requests(), "");
    assert.match(unrestricted(fetches[0]!), secret);
    assert.equal(requests(), "/a\n");
  });

  it("cannot run programs, whatever this machine's settings of Nix allow", () => {
    const text = 'builtins.exec [ "echo" "1" ]';
    write({ "nix.conf": "allow-unsafe-native-code-during-evaluation = true\n" }, outside);
    const before = process.env.NIX_CONF_DIR;
    process.env.NIX_CONF_DIR = outside;
    try {
      assert.match(refusal(text), /exec/);
    } finally {
      if (before === undefined) delete process.env.NIX_CONF_DIR;
      else process.env.NIX_CONF_DIR = before;
    }
  });

  it("cannot leave its folder through a link", () => {
    write({ "manifest.nix": "" });
    symlinkSync(join(outside, "stolen.nix"), join(folder, "link.nix"));
    symlinkSync(outside, join(folder, "links"));
    for (const text of ["import ./link.nix", "import ./links/stolen.nix"]) {
      assert.match(refusal(text), /forbidden in restricted mode/);
      assert.match(unrestricted(text), secret);
    }
    symlinkSync(passphrase, join(folder, "linked.nix"));
    assert.throws(() => readSource(join(folder, "linked.nix")), /is a link to .*passphrase, which/);
  });

  it("is refused in the manifest's terms, without what it quotes", () => {
    const message = refusal(`{\n  password "${canary}";\n}`);
    assert.match(message, /syntax error, unexpected/);
    assert.match(message, /manifest\.nix:2/);
    assert.doesNotMatch(message, secret);
    assert.match(unrestricted(`{\n  password "${canary}";\n}`), secret);
  });

  it("is refused if it does not end, or needs too much of anything", () => {
    assert.match(refusal("let f = x: f (x + 1); in f 0"), /stack overflow/);
    const large = 'builtins.concatStringsSep "" (builtins.genList (x: "aaaaaaaaaaaaaaaa") 500000)';
    assert.match(
      refusal(large),
      /it has more than 4 MiB when evaluated\. Make the manifest smaller/,
    );
    const memory = "builtins.foldl' (a: b: a ++ a) [ 1 ] (builtins.genList (x: x) 40)";
    assert.match(refusal(memory), /out of memory|memory/i);
  });
});
