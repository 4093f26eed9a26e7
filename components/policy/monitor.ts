import type { Registration } from "./registration";

/** A message in the form that the SDK sends. */
interface Struct {
  toJavaScript(): Record<string, unknown>;
}

/** The part of the SDK's connection to the engine that resources go through. */
export interface Monitor {
  registerResource(request: RegisterRequest, callback: Callback): unknown;
  registerResourceOutputs(request: OutputsRequest, callback: unknown): unknown;
}

type Callback = (error: unknown, response?: RegisterResponse) => void;

export interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProtect(): boolean;
  getObject(): Struct | undefined;
  getPropertydependenciesMap(): {
    get(input: string): { getUrnsList(): string[] } | undefined;
  };
}

export interface RegisterResponse {
  getUrn(): string;
  getObject(): Struct | undefined;
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): Struct | undefined;
}

/** What rules look at of a request. */
export function registrationOf(
  request: RegisterRequest,
  service: string | undefined,
): Registration {
  const sources = request.getPropertydependenciesMap();
  return {
    type: request.getType(),
    name: request.getName(),
    service,
    inputs: request.getObject()?.toJavaScript() ?? {},
    protect: request.getProtect(),
    sourcesOf: (input) => sources.get(input)?.getUrnsList().map(resourceName) ?? [],
  };
}

/** A resource's name, which its URN ends with. */
export function resourceName(urn: string): string {
  return urn.split("::").at(-1) ?? "";
}
