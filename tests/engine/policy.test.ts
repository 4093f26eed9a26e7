import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { FakeProxmox, TOKEN } from "../unit/proxmox/fakeProxmox";
import { EngineProject } from "./project";

/** A mistake in the program for each rule: a file, its text, and what is there instead. */
const mistakes: Readonly<Record<string, readonly [file: string, text: string, instead: string]>> = {
  privileged: ["components/container.ts", "unprivileged: true", "unprivileged: false"],
  secret: [
    "components/container.ts",
    'tags: ["nixmox"]',
    'tags: [require("node:fs").readFileSync(".nixmox/token", "utf8")]',
  ],
  tls: ["components/proxyRoute.ts", "path, tls, upstreams", "path, tls: !tls, upstreams"],
  port: ["components/remoteHost.ts", "`${family} saddr ${source} ${reach}", "`${reach}"],
  protection: ["components/homelab.ts", "protect: protect &&", "protect: !protect &&"],
  hostKey: ["components/remoteHost.ts", "hostKey: this.hostKey.stdout,", ""],
};

describe("the policy on the engine", function () {
  this.timeout("3m");
  let project: EngineProject;
  let proxmox: FakeProxmox;

  const make = (...names: string[]) => {
    for (const [file, text, instead] of names.map((name) => mistakes[name]!)) {
      project.edit(file, (code) => code.replace(text, instead));
    }
  };
  const preview = () => project.pulumi("preview", "--stack", "dev");
  const refused = async () => {
    const { status, printed } = await preview();
    assert.notEqual(status, 0, printed);
    return printed;
  };
  /** The line of the manifest that has a text. */
  const lineOf = (text: string) => {
    const lines = readFileSync(join(project.folder, "manifest/nixmox.toml"), "utf8").split("\n");
    return `manifest/nixmox.toml:${lines.indexOf(text) + 1}:`;
  };

  before(async () => {
    proxmox = await FakeProxmox.start();
    project = await EngineProject.create(TOKEN);
    project.set("protect", "true");
    project.set("endpoint", proxmox.access.endpoint);
    project.set("insecure", "true");
  });

  afterEach(() => {
    project.restore("manifest/nixmox.toml", ...Object.values(mistakes).map(([file]) => file));
  });

  after(async () => {
    await proxmox.stop();
    project.remove();
  });

  it("lets the shipped program through", async () => {
    const { status, printed } = await preview();
    assert.equal(status, 0, printed);
    assert.doesNotMatch(printed, /policy/);
  });

  it("reports every violation once, with the line of the manifest", async () => {
    make(...Object.keys(mistakes));
    const printed = await refused();
    assert.match(printed, /Unable to deploy: \d+ violations of the policy/);
    const miniflux = lineOf("[services.miniflux]");
    for (const [line, why] of [
      [miniflux, "container miniflux-container is privileged"],
      [miniflux, "miniflux-container has the API token in plain text in tags"],
      [
        lineOf("route.upstream_tls = true"),
        "caddy-route-miniflux.nixmox.lan-site serves miniflux.nixmox.lan without TLS",
      ],
      [
        lineOf("ports = [8080]"),
        "miniflux-database-firewall lets in more than one host of the manifest: tcp dport",
      ],
      [miniflux, "container miniflux-container holds data and is not protected"],
      [miniflux, "miniflux-health connects to a host without a pinned host key"],
    ] as const) {
      const found = printed.split("\n").filter((each) => each.includes(why));
      assert.equal(found.length, 1, `${why}\n${printed}`);
      assert.ok(found[0]!.includes(line), found[0]);
    }
    assert.ok(!printed.includes(TOKEN), "a message has the secret");
  });

  for (const name of Object.keys(mistakes)) {
    it(`finds a mistake by itself: ${name}`, async () => {
      make(name);
      assert.match(await refused(), /Unable to deploy: \d+ violations? of the policy/);
    });
  }

  it("accepts what the manifest and the settings say", async () => {
    make("protection");
    project.set("protect", "false");
    project.edit("manifest/nixmox.toml", (text) =>
      text.replace("route.upstream_tls = true", "route.tls = false"),
    );
    const { status, printed } = await preview();
    project.set("protect", "true");
    assert.equal(status, 0, printed);
  });

  it("changes nothing, also without a preview", async () => {
    make("privileged");
    const { status, printed } = await project.pulumi(
      "up",
      "--stack",
      "dev",
      "--yes",
      "--skip-preview",
    );
    assert.notEqual(status, 0, printed);
    assert.match(printed, /container \w+-container is privileged/);
    const { printed: state } = await project.pulumi("stack", "export", "--stack", "dev");
    assert.doesNotMatch(state, /ContainerLegacy|remote:Command/);
    assert.deepEqual(
      proxmox.asked.filter((path) => /^nodes\/\w+\/lxc$/.test(path)),
      [],
    );
  });
});
