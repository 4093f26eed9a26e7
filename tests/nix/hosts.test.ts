import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { evaluate, evaluateHost, project, refusal, system, upload } from "./nix";
import { samples, settingsOf, slice, type Host, type Slice } from "./samples";

const shipped = ["authentik", "caddy", "dns", "miniflux", "monitoring", "postgresql"];

describe("NixOS hosts", () => {
  const { hosts } = JSON.parse(readFileSync(join(project, "nixos/manifest.json"), "utf8")) as {
    hosts: Record<string, Slice>;
  };

  it("of a checkout are those of nixos/manifest.json", () => {
    const names = evaluate(`let outputs = (import ${project}/flake.nix).outputs
      { self = outputs; inherit nixpkgs; }; in lib.attrNames outputs.nixosConfigurations`);
    assert.deepEqual(names, shipped);
    assert.deepEqual(Object.keys(hosts), shipped);
  });

  for (const name of shipped) {
    it(`${name} can be built in a checkout`, () => {
      assert.match(evaluateHost<string>(project, name, system), /\.drv$/);
    });

    it(`${name} can be built from what its host gets, and nothing else`, () => {
      const flake = upload(name, hosts[name]!);
      const { service } = evaluateHost<Slice>(flake, name, "nixmox");
      assert.deepEqual(service, hosts[name]!.service);
      assert.match(evaluateHost<string>(flake, name, system), /\.drv$/);
    });

    it(`${name} comes out the same on its host as in a checkout`, () => {
      const flake = upload(name, hosts[name]!);
      // The one file that a host has and a checkout does not.
      rmSync(join(flake, "ca.crt"));
      assert.equal(
        evaluateHost<string>(flake, name, system),
        evaluateHost<string>(project, name, system),
      );
    });
  }

  for (const host of Object.keys(samples) as Host[]) {
    it(`${host} has nothing from the shipped manifest built in`, () => {
      const flake = upload(host, samples[host]);
      assert.match(evaluateHost<string>(flake, host, system), /\.drv$/);
      const texts = `builtins.toJSON [ ${settingsOf(host)} networking environment.etc ]`;
      assert.doesNotMatch(
        evaluateHost<string>(flake, host, texts),
        /192\.168\.99|nixmox\.lan|\/var\/lib\/nixmox/,
      );
    });
  }
});

describe("a host is composed of", () => {
  const etc = (name: string) => `{ environment.etc.${name}.text = "here"; }`;
  const moduleFile = { "nixos/modules/wiki/default.nix": etc("from-module") };
  const hostFile = { "nixos/hosts/wiki.nix": etc("from-host") };
  const parts = (flake: string) =>
    evaluateHost<string[]>(
      flake,
      "wiki",
      'lib.filter (lib.hasPrefix "from-") (lib.attrNames environment.etc)',
    );

  it("the module of its service's name", () => {
    assert.deepEqual(parts(upload("wiki", slice("wiki"), moduleFile)), ["from-module"]);
  });

  it("its own file", () => {
    assert.deepEqual(parts(upload("wiki", slice("wiki"), hostFile)), ["from-host"]);
  });

  it("both, where there are both", () => {
    const flake = upload("wiki", slice("wiki"), { ...moduleFile, ...hostFile });
    assert.deepEqual(parts(flake), ["from-host", "from-module"]);
  });

  it("the modules that the manifest names", () => {
    const modules = ["monitoring", "notes"];
    const { secrets } = samples.monitoring;
    const flake = upload("wiki", slice("wiki", { service: { ports: [9090], modules }, secrets }), {
      ...moduleFile,
      ...hostFile,
      "nixos/modules/notes/default.nix": etc("from-notes"),
    });
    assert.deepEqual(parts(flake), ["from-host", "from-notes"]);
    assert.equal(evaluateHost(flake, "wiki", "services.prometheus.enable"), true);
  });

  it("at least one of the two", () => {
    assert.match(
      refusal(upload("wiki", slice("wiki")), "wiki"),
      /Unable to configure wiki: there is neither nixos\/modules\/wiki nor nixos\/hosts\/wiki\.nix\. Write one of them \(nixos\/README\.md shows how\), or set enable = false in the manifest\./,
    );
  });

  it("no missing module, even if others exist", () => {
    const modules = ["wiki", "monitoring", "nots"];
    const flake = upload("wiki", slice("wiki", { service: { modules } }), moduleFile);
    assert.match(
      refusal(flake, "wiki"),
      /Unable to configure wiki: its `modules` name nots, and there is no nixos\/modules\/nots\. Write it, or correct `modules` in the manifest\./,
    );
  });

  describe("the examples of nixos/README.md:", () => {
    const text = readFileSync(join(project, "nixos/README.md"), "utf8");
    const examples = Object.fromEntries(
      [...text.matchAll(/```nix\n# (\S+)\n(.*?)```/gs)].map(([, path, code]) => [path!, code!]),
    );

    it("a host file", () => {
      const flake = upload("notes", slice("notes"), examples);
      assert.match(evaluateHost<string>(flake, "notes", system), /\.drv$/);
      assert.match(
        evaluateHost<string>(flake, "notes", "systemd.services.notes.serviceConfig.ExecStart"),
        /--listen 10\.20\.30\.20:8080/,
      );
    });

    it("a module", () => {
      const { databases } = samples.miniflux;
      const flake = upload("wiki", slice("wiki", { databases }), examples);
      assert.match(evaluateHost<string>(flake, "wiki", system), /\.drv$/);
      assert.equal(
        evaluateHost(flake, "wiki", "systemd.services.wiki.environment.DATABASE"),
        "postgres://reader@postgresql.home.example:5433/feeds?sslmode=verify-full",
      );
      assert.match(
        refusal(upload("wiki", slice("wiki"), examples), "wiki"),
        /Unable to configure wiki: the wiki needs a database\. Set `interface\.db = \{\}`/,
      );
    });
  });
});
