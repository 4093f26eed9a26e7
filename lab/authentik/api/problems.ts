import type { JsonObject } from "../model";

/**
 * What a request breaks, as Django REST framework would say it: a list of messages for each field.
 * The problems are those of `openapi.ts`: `body/name must be string`.
 */
export function fieldErrors(problems: readonly string[]): JsonObject {
  const errors: Record<string, string[]> = {};
  for (const problem of problems) {
    const [, path = "", message = ""] = /^(?:body|query|path)(\S*) (.*)$/.exec(problem) ?? [];
    const named = /required property '(\w+)'|\((\w+)\)$/.exec(message);
    const field = path.split("/")[1] ?? named?.[1] ?? named?.[2] ?? "non_field_errors";
    const said = wording(path && message ? message : message || problem);
    const list = (errors[field] ??= []);
    if (!list.includes(said)) list.push(said);
  }
  return errors;
}

function wording(message: string): string {
  if (message.startsWith("must have required property")) return "This field is required.";
  if (message.includes("fewer than 1 characters")) return "This field may not be blank.";
  if (message.includes("additional properties")) {
    return "This field is not in Authentik's schema.";
  }
  if (message.includes("one of the allowed values")) return "This is not a valid choice.";
  if (message === "must be string") return "Not a valid string.";
  if (message === "must be integer") return "A valid integer is required.";
  if (message === "must be boolean") return "Must be a valid boolean.";
  if (message === 'must match format "uuid"') return "Must be a valid UUID.";
  if (message === 'must match format "uri"') return "Enter a valid URL.";
  if (message === 'must match format "email"') return "Enter a valid email address.";
  return message;
}
