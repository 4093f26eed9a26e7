/** Authentik did not do what it was asked. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** The answer's status, if there was an answer. */
    readonly status?: number,
    /** Authentik's messages by field, in its own names. */
    readonly fields: readonly (readonly [field: string, message: string])[] = [],
    /** Whether what was asked may have been done nevertheless. */
    readonly ambiguous = false,
  ) {
    super(message);
  }

  /** Whether Authentik has such an object already. */
  get exists(): boolean {
    const messages = this.fields.map(([, message]) => message).join("\n");
    return this.status === 409 || /already exists|must (be|make a) unique|in use/i.test(messages);
  }
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "Authentik does not know the token. Set the provider's `token` to one that is valid",
  403: "Authentik does not know the token, or does not let it do that. Set the provider's `token` to an administrator's",
  404: "Authentik does not have it. Run `pulumi refresh`, or check the ids that it refers to",
  405: "this address does not serve Authentik's API. Check the provider's `url`",
  429: "Authentik asks for fewer requests. Wait and run it again",
};

/** What an answer that is no success means. */
export function answerError(status: number, body: unknown, location: string | null): ApiError {
  const fields = messagesOf(body);
  const said = fields.map(([, message]) => message).join(" ");
  if (status >= 300 && status < 400) {
    const target = location ? ` to ${location}` : "";
    return new ApiError(`it is redirected${target}. Set the provider's \`url\` to that`, status);
  }
  const advice =
    ADVICE[status] ??
    (status >= 500 ? "Authentik failed. Its log says why; run it again afterwards" : undefined);
  if (advice)
    return new ApiError(`${advice} (${status}${said ? `: ${said}` : ""})`, status, fields);
  return new ApiError(said || `Authentik answers ${status}`, status, fields);
}

/** Authentik's messages with the path of the field that each is about, empty for none. */
function messagesOf(body: unknown, path = ""): [string, string][] {
  if (typeof body === "string") return body === "" ? [] : [[path, body]];
  if (Array.isArray(body)) return body.flatMap((each) => messagesOf(each, path));
  if (typeof body !== "object" || body === null) return [];
  return Object.entries(body).flatMap(([key, value]) => {
    if (key === "code" && path === "") return [];
    const own = key === "detail" || key === "non_field_errors";
    return messagesOf(value, own ? path : path ? `${path}.${key}` : key);
  });
}

const TLS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by an authority that is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is signed by an authority that is not known",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by an authority that is not known",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

/** What a failed connection means. */
export function connectionError(error: unknown, origin: string, ambiguous: boolean): ApiError {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const tls = TLS[code];
  const why = tls
    ? `${tls} (${code}). Name the authority's certificate in NODE_EXTRA_CA_CERTS`
    : `${message || code}. See whether Authentik runs there`;
  return new ApiError(`${origin} is not reached: ${why}`, undefined, [], ambiguous);
}
