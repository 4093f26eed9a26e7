import assert from "node:assert/strict";
import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import type { OidcClientSpec } from "../../../manifest/resolve/spec";
import type { SignOnLab } from "./signOnLab";
import type { Visitor } from "./visitor";
import type { Answered } from "./wire";

/** What a provider publishes about itself. */
export interface Discovery {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly userinfo_endpoint: string;
  readonly end_session_endpoint: string;
  readonly jwks_uri: string;
}

/** What a token says. */
export type Claims = Readonly<Record<string, unknown>>;

export interface Tokens {
  readonly id_token: string;
  readonly access_token: string;
  readonly token_type: string;
  readonly scope?: string;
}

const base64 = (bytes: Buffer) => bytes.toString("base64url");

/** A client of one service, played by the test: authorization code and PKCE, step by step. */
export class OidcClient {
  readonly verifier = base64(randomBytes(32));
  readonly state = base64(randomBytes(16));
  readonly nonce = base64(randomBytes(16));
  private known: Promise<Discovery> | undefined;

  constructor(
    private readonly lab: SignOnLab,
    readonly spec: OidcClientSpec,
    readonly secret?: string,
  ) {}

  discovery(): Promise<Discovery> {
    return (this.known ??= this.discover());
  }

  private async discover(): Promise<Discovery> {
    const url = `${this.spec.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const { status, body } = await this.lab.wire.ask(url);
    assert.equal(status, 200, `${url}: ${body}`);
    return JSON.parse(body) as Discovery;
  }

  /** Where a sign-in begins. Parameters can be replaced, or left out with `undefined`. */
  async authorizationUrl(changes: Record<string, string | undefined> = {}): Promise<string> {
    const url = new URL((await this.discovery()).authorization_endpoint);
    const parameters: Record<string, string | undefined> = {
      response_type: "code",
      client_id: this.spec.client_id,
      redirect_uri: this.spec.redirect_uris[0],
      scope: this.spec.scopes.join(" "),
      state: this.state,
      nonce: this.nonce,
      code_challenge: base64(createHash("sha256").update(this.verifier).digest()),
      code_challenge_method: "S256",
      ...changes,
    };
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url.href;
  }

  /** Where the browser is sent in the end; the service behind it does not hear of it. */
  async authorize(
    visitor: Visitor,
    user: string,
    changes: Record<string, string | undefined> = {},
  ): Promise<URL> {
    const target = changes.redirect_uri ?? this.spec.redirect_uris[0]!;
    const { urls, release } = await visitor.catch(({ href }) => href.split(/[?#]/)[0] === target);
    await visitor.visit(await this.authorizationUrl(changes));
    if (urls.length === 0) await visitor.enter(user);
    for (let i = 0; i < 100 && urls.length === 0; i++) await visitor.page.waitForTimeout(50);
    await release();
    return urls[0] ?? assert.fail(`not sent back, but at ${visitor.page.url().split("?")[0]}`);
  }

  /** A code, as a browser gets one. */
  async code(visitor: Visitor, user: string): Promise<string> {
    const landed = await this.authorize(visitor, user);
    assert.equal(landed.searchParams.get("state"), this.state);
    return landed.searchParams.get("code") ?? assert.fail(`no code: ${landed.search}`);
  }

  /** Asks for tokens. Parameters can be replaced, or left out with `undefined`. */
  async exchange(
    code: string,
    changes: Record<string, string | undefined> = {},
  ): Promise<Answered> {
    const { token_endpoint } = await this.discovery();
    const form: Record<string, string | undefined> = {
      grant_type: "authorization_code",
      code,
      client_id: this.spec.client_id,
      client_secret: this.secret,
      redirect_uri: this.spec.redirect_uris[0],
      code_verifier: this.verifier,
      ...changes,
    };
    const written = Object.entries(form).filter(([, value]) => value !== undefined);
    return this.lab.wire.post(
      token_endpoint,
      Object.fromEntries(written) as Record<string, string>,
    );
  }

  async tokens(code: string): Promise<Tokens> {
    const { status, body } = await this.exchange(code);
    assert.equal(status, 200, body);
    return JSON.parse(body) as Tokens;
  }

  /** What a token says, if the provider has signed it with one of its published keys. */
  async claims(token: string): Promise<Claims> {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Claims;
    const { alg, kid } = read(header);
    assert.equal(alg, "RS256");
    const { body } = await this.lab.wire.ask((await this.discovery()).jwks_uri);
    const { keys } = JSON.parse(body) as { keys: { kid: string; [member: string]: string }[] };
    const key = keys.find((each) => each.kid === kid) ?? assert.fail(`no key ${String(kid)}`);
    const good = verify(
      "sha256",
      Buffer.from(`${header}.${payload}`),
      createPublicKey({ key, format: "jwk" }),
      Buffer.from(signature, "base64url"),
    );
    assert.ok(good, "the signature is not the provider's");
    return read(payload);
  }
}
