import type { JsonObject } from "../model";

/** An answer other than success, with the body that Django REST framework would send. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: JsonObject,
  ) {
    super(`${status} ${JSON.stringify(body)}`);
  }
}

export const notFound = (label: string): ApiError =>
  new ApiError(404, { detail: `No ${label} matches the given query.` });

export const forbidden = (detail: string): ApiError => new ApiError(403, { detail });

export const fieldError = (field: string, message: string): ApiError =>
  new ApiError(400, { [field]: [message] });

export const NO_PERMISSION = "You do not have permission to perform this action.";
