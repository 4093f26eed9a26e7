import assert from "node:assert/strict";
import { OpenApi } from "../../../lab/authentik/openapi";
import { AuthentikProvider } from "../../../providers/authentik/provider";
import { readSchema } from "../../../providers/authentik/sdk/generate";
import { TestApi } from "./testApi";
import type { Properties } from "../../../providers/plugin/values";

/** Failures show quickly in tests. */
export const LIMITS = { timeout: 2000, attempts: 3, delay: 5, connections: 4 };

export const schema = readSchema();
export const openApi = new OpenApi();

export const urnOf = (token: string, name = "test"): string =>
  `urn:pulumi:dev::nixmox::nixmox:index:Service$authentik:index/${token}::${name}`;

export function connect(api: TestApi, config: Properties = {}): AuthentikProvider {
  const provider = new AuthentikProvider(schema, LIMITS);
  const { inputs, failures } = provider.checkConfig({ url: api.url, token: api.token, ...config });
  assert.deepEqual(failures, []);
  provider.configure(inputs);
  return provider;
}

/** Inputs as Pulumi would pass them on: checked, with defaults. */
export function checked(provider: AuthentikProvider, token: string, news: Properties): Properties {
  const { inputs, failures } = provider.check(urnOf(token), news);
  assert.deepEqual(failures, []);
  return inputs;
}

/** A resource that is in place, with its state and inputs. */
export async function create(provider: AuthentikProvider, token: string, news: Properties) {
  const inputs = checked(provider, token, news);
  const { id, properties } = await provider.create(urnOf(token), inputs);
  return { id, inputs, state: properties };
}

/** One API for all tests of a file, empty and without problems before and after each. */
export function useApi(): TestApi {
  const api = new TestApi(openApi);
  before(async () => void (await api.start()));
  beforeEach(() => api.reset());
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => api.stop());
  return api;
}
