import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { loadManifest } from "../../manifest/load";
import { unitOf } from "../../manifest/moduleUnits";
import {
  allServices,
  hasBeside,
  modules,
  type Provider,
  providers,
  readBeside,
  refusing,
  slicesOf,
} from "./examples";
import { project, refusal, upload } from "./nix";
import type { Slice } from "./samples";
import { factsOf, notRun } from "./serviceFacts";

describe("a module's folder has", () => {
  for (const module of modules) {
    it(`a README.md and an example.toml: ${module}`, () => {
      for (const file of ["README.md", "example.toml"]) assert.ok(hasBeside(module, file), file);
    });
  }
});

/** Of all services with a provider, those that can work with it. */
function fitting(provider: Provider): Readonly<Record<string, Slice>> {
  const all = Object.entries(slicesOf(allServices(provider)));
  return Object.fromEntries(all.filter(([name]) => !refusing[provider].includes(name)));
}

/** Manifests, as hosts get them. */
const manifests: Readonly<Record<string, Readonly<Record<string, Slice>>>> = {
  "the shipped manifest": slicesOf(loadManifest(join(project, "manifest/nixmox.toml"))),
  "the seed": slicesOf(loadManifest(join(project, "tests/nix/manifests/seed.nix"))),
  ...Object.fromEntries(
    providers.map((provider) => [`all services, with ${provider}`, fitting(provider)]),
  ),
};

describe("the examples of all modules", () => {
  for (const provider of providers) {
    it(`are one manifest, with ${provider}, about which there is nothing to warn`, () => {
      assert.deepEqual(allServices(provider).warnings, []);
    });
  }

  it("name a service like the module, which takes nothing from elsewhere", () => {
    const found = new Set(
      providers.flatMap((provider) => Object.keys(slicesOf(allServices(provider)))),
    );
    assert.deepEqual([...found].sort(), [...modules].sort());
  });
});

describe("the unit of a service follows from its module, whatever the service is called:", () => {
  // Media's starts all of its programs, and has the service's name.
  for (const module of modules.filter((name) => name !== "media")) {
    it(module, () => {
      const provider = providers.find((name) => name === module) ?? "authentik";
      const { unit } = slicesOf(allServices(provider))[module]!.service;
      assert.equal(unitOf("other", [module]), unit);
    });
  }

  it("and is its own with several, or one of the user's", () => {
    assert.equal(unitOf("wiki", ["miniflux", "notes"]), "wiki.service");
    assert.equal(unitOf("wiki", ["notes"]), "wiki.service");
    assert.equal(unitOf("wiki", ["constructor"]), "wiki.service");
  });
});

describe("a service that cannot work with a provider says so:", () => {
  for (const provider of providers) {
    for (const name of refusing[provider]) {
      it(`${name} with ${provider}`, () => {
        const slice = slicesOf(allServices(provider))[name]!;
        const other = providers.find((each) => each !== provider)!;
        assert.match(refusal(upload(name, slice), name), new RegExp(`or use ${other}\\.`, "i"));
      });
    }
  }
});

for (const [what, slices] of Object.entries(manifests)) {
  describe(`hosts of ${what}:`, () => {
    for (const [name, slice] of Object.entries(slices)) {
      it(name, function () {
        const facts = factsOf(name, slice);
        this.test!.title += notRun(facts);
        assert.match(facts.derivation, /\.drv$/);
        // The deployment waits for it to be active.
        assert.ok(facts.units.includes(slice.service.unit), slice.service.unit);
        // Data that is copied while a unit writes to it is of no use.
        for (const { directory, units } of Object.values(facts.state)) {
          assert.match(directory, /^\/var\/lib\//);
          assert.deepEqual(
            units.filter((unit) => !facts.units.includes(unit)),
            [],
          );
        }
      });
    }
  });
}

describe("a module's README.md names", () => {
  const slices = Object.assign({}, ...providers.map(fitting)) as Readonly<Record<string, Slice>>;
  for (const [name, slice] of Object.entries(slices)) {
    it(`the secrets of ${name}, and where its data is`, () => {
      const text = readBeside(name, "README.md");
      const folders = Object.values(factsOf(name, slice).state).map(({ directory }) => directory);
      // The last part may be a version, or any of several programs.
      const isNamed = (folder: string) =>
        text.includes(folder) ||
        new RegExp(`${dirname(folder)}/[A-Z]{3}`).test(text) ||
        (dirname(folder) !== "/var/lib" && text.includes(dirname(folder)));
      assert.deepEqual(
        [
          ...Object.keys(slice.secrets).filter((secret) => !text.includes(secret)),
          ...folders.filter((folder) => !isNamed(folder)),
        ],
        [],
      );
    });
  }
});
