import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { type Difference, type Failure, IncompleteError, type Provider } from "./contract";
import { receive, send } from "./values";

type Handler<Request, Response> = (request: Request) => Response | Promise<Response>;

/**
 * Serves the provider to Pulumi, and gives the port.
 *
 * `main` of `@pulumi/pulumi/provider` would do that, but it drops the configuration, hides the old
 * inputs and does not say whether a run is a preview.
 */
export async function serve(provider: Provider, schema: string): Promise<number> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
  server.addService(ResourceProviderService, implementation(provider, schema));
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

function implementation(provider: Provider, schema: string) {
  return {
    getPluginInfo: unary(() => new PluginInfo().setVersion(provider.version)),
    attach: unary(() => new Empty()),
    cancel: unary(() => {
      provider.cancel();
      return new Empty();
    }),
    getSchema: unary(() => new proto.GetSchemaResponse().setSchema(schema)),
    ...configuration(provider),
    ...verbs(provider),
    invoke: unary(async (request: proto.InvokeRequest) => {
      const { values } = receive(request.getArgs());
      const token = request.getTok();
      if (!provider.invoke) throw new Error(`Unable to call ${token}: there are no functions.`);
      const result = await provider.invoke(token, values);
      const secrets = provider.secretResultsOf?.(token) ?? [];
      return new proto.InvokeResponse().setReturn(send(result, secrets));
    }),
  };
}

function configuration(provider: Provider) {
  return {
    checkConfig: unary((request: proto.CheckRequest) => {
      const { values, secrets } = receive(request.getNews());
      const { inputs, failures } = provider.checkConfig(values);
      const sealed = [...secrets, ...provider.secretSettings];
      return answer(send(inputs, sealed), failures);
    }),
    diffConfig: unary((request: proto.DiffRequest) => {
      const old = receive(request.getOldInputs() ?? request.getOlds()).values;
      const news = receive(request.getNews()).values;
      const changed = Object.keys({ ...old, ...news }).filter((name) => old[name] !== news[name]);
      // Another address or token is not another server.
      return new proto.DiffResponse().setChanges(someIf(changed.length > 0)).setDiffsList(changed);
    }),
    configure: unary((request: proto.ConfigureRequest) => {
      provider.configure(receive(request.getArgs()).values);
      return new proto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
  };
}

function verbs(provider: Provider) {
  return {
    check: unary((request: proto.CheckRequest) => {
      const { values, secrets } = receive(request.getNews());
      const { inputs, failures } = provider.check(request.getUrn(), values);
      return answer(send(inputs, [...secrets, ...provider.secretsOf(request.getUrn())]), failures);
    }),
    diff: unary((request: proto.DiffRequest) => {
      const old = receive(request.getOldInputs()).values;
      const news = receive(request.getNews()).values;
      const state = receive(request.getOlds()).values;
      return differences(provider.diff(request.getUrn(), old, news, state));
    }),
    create: unary(async (request: proto.CreateRequest) => {
      const urn = request.getUrn();
      const { values, secrets } = receive(request.getProperties());
      const sealed = [...secrets, ...provider.secretsOf(urn)];
      const response = new proto.CreateResponse();
      if (request.getPreview()) {
        return response.setProperties(send(provider.planCreate(urn, values), sealed));
      }
      const { id, properties } = await provider.create(urn, values).catch(marked(sealed));
      return response.setId(id).setProperties(send(properties, sealed));
    }),
    read: unary(async (request: proto.ReadRequest) => {
      const urn = request.getUrn();
      const state = receive(request.getProperties());
      const inputs = receive(request.getInputs());
      const found = await provider.read(request.getId(), urn, state.values, inputs.values);
      if (!found) return new proto.ReadResponse();
      const sealed = [...state.secrets, ...inputs.secrets, ...provider.secretsOf(urn)];
      return new proto.ReadResponse()
        .setId(found.id)
        .setProperties(send(found.properties, sealed))
        .setInputs(send(found.inputs, sealed));
    }),
    update: unary(async (request: proto.UpdateRequest) => {
      const urn = request.getUrn();
      const state = receive(request.getOlds()).values;
      const old = receive(request.getOldInputs()).values;
      const { values, secrets } = receive(request.getNews());
      const sealed = [...secrets, ...provider.secretsOf(urn)];
      const response = new proto.UpdateResponse();
      if (request.getPreview()) {
        return response.setProperties(send(provider.planUpdate(state, old, values), sealed));
      }
      const run = provider.update(request.getId(), urn, state, old, values);
      return response.setProperties(send((await run.catch(marked(sealed))).properties, sealed));
    }),
    delete: unary(async (request: proto.DeleteRequest) => {
      const { values } = receive(request.getProperties());
      await provider.delete(request.getId(), request.getUrn(), values);
      return new Empty();
    }),
  };
}

function unary<Request, Response>(
  handler: Handler<Request, Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const run = async () => handler(call.request);
    run().then(
      (response) => callback(null, response),
      (error: unknown) => callback(statusOf(error)),
    );
  };
}

/** Remembers which properties of an object that is incomplete are secrets. */
const marked = (secrets: readonly string[]) => (error: unknown) => {
  if (error instanceof IncompleteError) Object.assign(error, { secrets });
  throw error;
};

function statusOf(error: unknown): Partial<grpc.StatusObject> {
  const details = error instanceof Error ? error.message : String(error);
  const status = { code: grpc.status.UNKNOWN, details };
  if (!(error instanceof IncompleteError)) return status;
  // Pulumi keeps such an object in its state, and completes it in the next run.
  const { id, properties } = error.state;
  const { secrets = [] } = error as { secrets?: readonly string[] };
  const detail = new proto.ErrorResourceInitFailed();
  detail.setId(id).setProperties(send(properties, secrets)).setReasonsList([details]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const message = new Status().setCode(grpc.status.UNKNOWN).setMessage(details).addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(message.serializeBinary()));
  return { ...status, metadata };
}

function answer(inputs: ReturnType<typeof send>, failures: readonly Failure[]) {
  const list = failures.map(({ property, reason }) =>
    new proto.CheckFailure().setProperty(property).setReason(reason),
  );
  return new proto.CheckResponse().setInputs(inputs).setFailuresList(list);
}

const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
const someIf = (changes: boolean) => (changes ? DIFF_SOME : DIFF_NONE);

function differences(all: readonly Difference[]): proto.DiffResponse {
  const response = new proto.DiffResponse().setChanges(someIf(all.length > 0));
  response.setDiffsList(all.map(({ property }) => property));
  response.setReplacesList(all.filter(({ replaces }) => replaces).map(({ property }) => property));
  response.setHasdetaileddiff(true);
  const { Kind } = proto.PropertyDiff;
  for (const { property, change, replaces } of all) {
    const kinds = {
      add: replaces ? Kind.ADD_REPLACE : Kind.ADD,
      delete: replaces ? Kind.DELETE_REPLACE : Kind.DELETE,
      update: replaces ? Kind.UPDATE_REPLACE : Kind.UPDATE,
    };
    const detail = new proto.PropertyDiff().setKind(kinds[change]).setInputdiff(true);
    response.getDetaileddiffMap().set(property, detail);
  }
  return response;
}
