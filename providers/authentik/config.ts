import type { Failure } from "../plugin/contract";
import type { Connection } from "./client";
import { isUnknown, UNKNOWN, type Properties } from "../plugin/values";

const ENVIRONMENT = {
  url: "AUTHENTIK_URL",
  token: "AUTHENTIK_TOKEN",
  insecure: "AUTHENTIK_INSECURE",
} as const;

/** Checks the provider's own settings, and adds what the environment says. */
export function checkConfig(news: Properties): { inputs: Properties; failures: Failure[] } {
  const inputs: Record<string, unknown> = { ...news };
  const failures: Failure[] = [];
  for (const [name, variable] of Object.entries(ENVIRONMENT)) {
    inputs[name] ??= process.env[variable];
    if (inputs[name] === undefined) delete inputs[name];
  }
  const { url, token } = inputs;
  for (const name of ["url", "token"] as const) {
    const reason = `this is required. Set it, or ${ENVIRONMENT[name]} in the environment`;
    if (inputs[name] === undefined || inputs[name] === "")
      failures.push({ property: name, reason });
  }
  if (typeof url === "string" && url !== "" && !isUnknown(url) && !isWebAddress(url)) {
    failures.push({ property: "url", reason: "this must be like https://authentik.example.com" });
  }
  // In a header these would begin another one.
  if (typeof token === "string" && /[\r\n]/.test(token)) {
    failures.push({ property: "token", reason: "this must be one line" });
  }
  const headers = parsed(inputs.headers);
  if (headers !== undefined && !isUnknown(headers) && typeof headers !== "object") {
    failures.push({ property: "headers", reason: "this must be an object" });
  }
  return { inputs, failures };
}

/** The connection that checked settings describe, or nothing while they are not all known. */
export function connectionOf(config: Properties): Connection | undefined {
  const { url, token, insecure, headers } = config;
  if ([url, token, insecure, headers].some((value) => isUnknown(value) || value === UNKNOWN)) {
    return undefined;
  }
  return {
    url: String(url),
    token: String(token),
    insecure: parsed(insecure) === true,
    headers: (parsed(headers) ?? {}) as Record<string, string>,
  };
}

/** Pulumi hands over as JSON what is no text. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function isWebAddress(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}
