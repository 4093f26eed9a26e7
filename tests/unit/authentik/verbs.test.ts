import assert from "node:assert/strict";
import type { AuthentikProvider } from "../../../providers/authentik/provider";
import { UNKNOWN } from "../../../providers/plugin/values";
import { checked, connect, create, schema, urnOf, useApi } from "./harness";
import { OTHER, SAMPLES } from "./samples";

const kinds = Object.entries(SAMPLES);

describe("Authentik's resources, verb by verb", () => {
  const api = useApi();
  let provider: AuthentikProvider;
  before(() => (provider = connect(api)));

  it("has a sample of every kind but the attachment, which has a file of its own", () => {
    const tokens = kinds.map(([token]) => `authentik:index/${token}`);
    const others = Object.keys(schema.resources).filter((token) => !tokens.includes(token));
    assert.deepEqual(others, [
      "authentik:index/outpostProviderAttachment:OutpostProviderAttachment",
    ]);
  });

  for (const [token, sample] of kinds) {
    const urn = urnOf(token);
    const entries = () => api.objects(sample.collection);

    describe(token.split(":")[1] ?? "", () => {
      it("create sends what was given and the defaults, and knows what Authentik made", async () => {
        const { id, state } = await create(provider, token, sample.inputs);
        const [request] = api.changes;
        assert.equal(request?.method, "POST");
        assert.deepEqual(request?.body, sample.body);
        const [entry] = entries();
        assert.equal(id, sample.id(entry ?? {}));
        for (const [name, value] of Object.entries(sample.inputs)) {
          assert.deepEqual(state[name], value, name);
        }
        const { required = [] } = schema.resources[`authentik:index/${token}`] ?? {};
        assert.deepEqual(
          required.filter((name) => state[name] === undefined),
          [],
        );
      });

      it("a preview of create asks nothing, and leaves open what is not known", () => {
        const inputs = checked(provider, token, sample.inputs);
        const planned = provider.planCreate(urn, inputs);
        const idProperty = `${token.split(":")[0]}Id`;
        assert.equal(planned[idProperty], UNKNOWN);
        for (const [name, value] of Object.entries(inputs)) assert.deepEqual(planned[name], value);
        assert.deepEqual(api.seen, []);
      });

      it("check lets pass what is not known yet", () => {
        const { inputProperties } = schema.resources[`authentik:index/${token}`] ?? {};
        const unknown = Object.keys(inputProperties ?? {})
          .filter((name) => name !== "jwksSources" && name !== `${token.split(":")[0]}Id`)
          .map((name) => [name, UNKNOWN] as const);
        const { inputs, failures } = provider.check(urn, Object.fromEntries(unknown));
        assert.deepEqual(failures, []);
        assert.deepEqual(inputs, Object.fromEntries(unknown));
      });

      it("refresh finds no drift where there is none", async () => {
        const { id, state, inputs } = await create(provider, token, sample.inputs);
        const found = await provider.read(id, urn, state, inputs);
        assert.deepEqual(found?.inputs, inputs);
        const { expiresIn: _, ...properties } = found?.properties ?? {};
        const { expiresIn: __, ...before } = state;
        assert.deepEqual(properties, before);
        assert.deepEqual(provider.diff(urn, found?.inputs ?? {}, inputs), []);
      });

      it("refresh finds what was changed, and the next update changes it back", async () => {
        const { id, state, inputs } = await create(provider, token, sample.inputs);
        const original = { ...entries()[0] };
        Object.assign(entries()[0] ?? {}, sample.drift);
        const found = await provider.read(id, urn, state, inputs);
        for (const [name, value] of Object.entries(sample.seen)) {
          assert.deepEqual(found?.properties[name], value, name);
        }
        const properties = provider.diff(urn, found?.inputs ?? {}, inputs);
        assert.deepEqual(
          properties.map(({ property, replaces }) => [property, replaces]),
          Object.keys(sample.seen).map((name) => [name, false]),
        );
        await provider.update(id, urn, found?.properties ?? {}, found?.inputs ?? {}, inputs);
        for (const field of Object.keys(sample.drift)) {
          const empty = original[field] === undefined ? "" : original[field];
          assert.deepEqual(entries()[0]?.[field], empty, field);
        }
      });

      it("update sends what differs and nothing else, in place", async () => {
        const { id, state, inputs } = await create(provider, token, sample.inputs);
        api.seen.length = 0;
        const news = checked(provider, token, { ...sample.inputs, ...sample.change });
        assert.equal(
          provider.diff(urn, inputs, news).some(({ replaces }) => replaces),
          false,
        );
        const { properties } = await provider.update(id, urn, state, inputs, news);
        assert.deepEqual(
          api.changes.map(({ method, body }) => [method, body]),
          [["PATCH", sample.patch]],
        );
        for (const [name, value] of Object.entries(sample.change)) {
          if (value !== undefined) assert.deepEqual(properties[name], value, name);
        }
        const after = await provider.read(id, urn, properties, news);
        assert.deepEqual(provider.diff(urn, after?.inputs ?? {}, news), []);
      });

      it("import reads everything by the id, and the same program changes nothing", async () => {
        const { id, inputs } = await create(provider, token, sample.inputs);
        const found = await provider.read(id, urn, {}, {});
        assert.equal(found?.id, id);
        const hidden = ["password", "key"];
        const differences = provider.diff(urn, found?.inputs ?? {}, inputs);
        assert.deepEqual(
          differences.map(({ property }) => property).filter((name) => !hidden.includes(name)),
          [],
        );
      });

      it("one that is missing reads as nothing, and deleting it is no error", async () => {
        const { id, state, inputs } = await create(provider, token, sample.inputs);
        api.remove(sample.collection, entries()[0]);
        assert.equal(await provider.read(id, urn, state, inputs), undefined);
        await provider.delete(id, urn, state);
      });

      it("delete removes it and no other", async () => {
        const other = api.add(sample.collection, {
          ...sample.body,
          name: "other",
          slug: "other",
          username: "other",
          identifier: "other",
          target: OTHER,
        });
        const { id, state } = await create(provider, token, sample.inputs);
        assert.equal(entries().length, 2);
        await provider.delete(id, urn, state);
        assert.deepEqual(entries(), [other]);
        // What was added by hand has fields that such an object may lack.
        api.problems.length = 0;
      });

      it("one that exists already is named with the command that imports it", async () => {
        const entry = api.add(sample.collection, { ...sample.body });
        await assert.rejects(create(provider, token, sample.inputs), (error: Error) => {
          assert.match(error.message, /^Unable to create .*: Authentik has .* already\./);
          const command = `pulumi import authentik:index/${token} test ${sample.id(entry)}`;
          assert.ok(error.message.includes(command), error.message);
          return true;
        });
        assert.equal(entries().length, 1);
      });

      it("a refusal carries Authentik's message for the property", async () => {
        const [field = ""] = Object.keys(sample.body).filter((name) => name !== "name");
        api.fail(({ method }) =>
          method === "POST" ? { status: 400, body: { [field]: ["Not like this."] } } : undefined,
        );
        await assert.rejects(create(provider, token, sample.inputs), (error: Error) => {
          assert.match(
            error.message,
            /^Unable to create .*: Authentik refuses \w+: Not like this\./,
          );
          return true;
        });
        assert.equal(entries().length, 0);
      });

      it("is adopted where the connection was cut after Authentik made it", async () => {
        let cut = true;
        api.fail(({ method }) => {
          if (method !== "POST" || !cut) return undefined;
          cut = false;
          return "cut after";
        });
        const { id } = await create(provider, token, sample.inputs);
        assert.equal(entries().length, 1);
        assert.equal(id, sample.id(entries()[0] ?? {}));
      });
    });
  }
});
