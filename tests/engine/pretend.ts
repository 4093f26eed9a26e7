import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

type Values = Record<string, unknown>;

/**
 * What a resource has once it exists, besides its inputs and what the real provider expects of it;
 * undefined lets that one create it.
 */
export type Outputs = (type: string, name: string, inputs: Values) => Values | undefined;

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const size = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/**
 * A real provider in front of a world that is not there: it checks and compares as ever, but what it is
 * told to create, change or delete is only said to have happened. So the engine deploys a whole homelab
 * within seconds, and then compares the next one with it.
 */
export class PretendProvider {
  private constructor(
    /** What `PULUMI_DEBUG_PROVIDERS` says of it. */
    readonly address: string,
    private readonly server: grpc.Server,
    private readonly plugin: ChildProcess,
  ) {}

  /** @param command the real provider */
  static async start(
    name: string,
    command: readonly [string, ...string[]],
    outputs: Outputs,
    options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
  ): Promise<PretendProvider> {
    const [file, ...args] = command;
    const plugin = spawn(file, args, { ...options, stdio: ["pipe", "pipe", "inherit"] });
    const [line] = (await once(createInterface(plugin.stdout), "line")) as [string];
    process.once("exit", () => plugin.kill());
    const client = new grpc.Client(`127.0.0.1:${line}`, grpc.credentials.createInsecure(), size);
    const server = new grpc.Server(size);
    server.addService(...serviceOf(client, outputs));
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return new PretendProvider(`${name}:${port}`, server, plugin);
  }

  stop(): void {
    this.server.forceShutdown();
    this.plugin.kill();
  }
}

/** Every method as bytes that are passed on, but for three. */
function serviceOf(client: grpc.Client, outputs: Outputs) {
  const same = (bytes: Buffer) => bytes;
  const definition: Record<string, grpc.MethodDefinition<Buffer, Buffer>> = {};
  const handlers: Record<string, grpc.handleUnaryCall<Buffer, Buffer>> = {};
  for (const [name, method] of Object.entries(ResourceProviderService)) {
    const { path } = method as { path: string };
    definition[name] = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    };
    const ask = (bytes: Buffer, metadata: grpc.Metadata) =>
      new Promise<Buffer>((resolve, reject) =>
        client.makeUnaryRequest(path, same, same, bytes, metadata, (error, answer) =>
          error ? reject(error) : resolve(answer!),
        ),
      );
    handlers[name] = ({ request, metadata }, callback) => {
      const answer = pretend(name, request, outputs, (bytes) => ask(bytes, metadata));
      (answer ?? ask(request, metadata)).then(
        (bytes) => callback(null, bytes),
        (error: unknown) => callback(error as grpc.ServiceError),
      );
    };
  }
  return [definition, handlers] as const;
}

/** Asks the real provider what it expects, as for a preview, and says that it is so. */
function pretend(
  method: string,
  bytes: Buffer,
  outputs: Outputs,
  ask: (bytes: Buffer) => Promise<Buffer>,
): Promise<Buffer> | undefined {
  if (method !== "create" && method !== "update") return undefined;
  const isCreate = method === "create";
  const request = isCreate
    ? messages.CreateRequest.deserializeBinary(bytes)
    : messages.UpdateRequest.deserializeBinary(bytes);
  if (request.getPreview()) return undefined;
  const urn = request.getUrn();
  const inputs = "getNews" in request ? request.getNews() : request.getProperties();
  const [, , types = "", name = ""] = urn.split("::");
  const given = (inputs?.toJavaScript() ?? {}) as Values;
  const made = outputs(types.split("$").at(-1)!, name, given);
  if (!made) return undefined;
  request.setPreview(true);
  return ask(Buffer.from(request.serializeBinary())).then((answer) => {
    const expected = isCreate
      ? messages.CreateResponse.deserializeBinary(answer).setId(idOf(urn))
      : messages.UpdateResponse.deserializeBinary(answer);
    const planned = known(expected.getProperties()?.toJavaScript() ?? {}) as Values;
    const all = merge({ ...given, ...planned }, made);
    return Buffer.from(
      expected.setProperties(Struct.fromJavaScript(all as never)).serializeBinary(),
    );
  });
}

/** Tables, with those inside of them, of which the second one counts. */
function merge(first: Values, second: Values): Values {
  const isTable = (value: unknown): value is Values =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const merged = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const before = merged[key];
    merged[key] = isTable(before) && isTable(value) ? merge(before, value) : value;
  }
  return merged;
}

/** A value without what the provider does not know yet. */
function known(value: unknown): unknown {
  if (value === unknown) return undefined;
  if (Array.isArray(value)) return value.map(known).filter((each) => each !== undefined);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, each]) => [key, known(each)] as const)
      .filter(([, each]) => each !== undefined),
  );
}

/** An id that follows from the name, as a number for providers that count. */
function idOf(urn: string): string {
  return String(createHash("sha256").update(urn).digest().readUInt32BE(0) % 100_000);
}
