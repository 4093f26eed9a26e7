import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { textOf } from "../json";
import type { Artifact, Flow, JsonObject } from "../model";
import type { Store } from "../store";
import { readBody, type WebRequest } from "./request";
import { redirect, sendJson, setCookie } from "./response";
import type { Sessions } from "./sessions";

const COOKIE = "authentik_flow";
const MINUTES = 30;

/**
 * The flow for signing in as programs run it, outposts among them: a name, then a password, each
 * answered with a redirect to what comes next. The official schema tells the many kinds of stages
 * apart by their component alone, which its checker does not know: they are not checked against it.
 */
export class FlowExecutor {
  constructor(
    private readonly store: Store,
    private readonly sessions: Sessions,
  ) {}

  /** Answers if the path is one of its own. */
  async answer(request: WebRequest, response: ServerResponse): Promise<boolean> {
    const [, slug = ""] =
      /^\/api\/v3\/flows\/executor\/([^/]+)\/$/.exec(request.url.pathname) ?? [];
    if (slug === "") return false;
    const [flow] = await this.store.find("flow", "slug", slug);
    if (flow?.designation !== "authentication") {
      sendJson(response, 404, { detail: "No Flow matches the given query." });
    } else if (request.method === "POST") await this.#step(request, response, flow);
    else await this.#show(request, response, flow);
    return true;
  }

  async #show(request: WebRequest, response: ServerResponse, flow: Flow): Promise<void> {
    const plan = await this.#plan(request);
    if (await this.sessions.of(request)) sendJson(response, 200, done(request));
    else if (plan === undefined) sendJson(response, 200, identification(flow));
    else sendJson(response, 200, password(flow, plan));
  }

  async #step(request: WebRequest, response: ServerResponse, flow: Flow): Promise<void> {
    const text = await readBody(request.raw);
    const { pathname, search } = request.url;
    const body = JSON.parse(text || "{}") as JsonObject;
    const plan = await this.#plan(request);
    if (plan === undefined) {
      const id = request.cookies[COOKIE] || randomBytes(24).toString("base64url");
      const expires = new Date(Date.now() + MINUTES * 60_000);
      const name = textOf(body.uid_field);
      await this.store.put("artifact", `FlowPlan:${id}`, { name }, expires);
      setCookie(response, COOKIE, id, { secure: request.url.protocol === "https:", expires });
      redirect(response, pathname + search);
    } else {
      const user = await this.sessions.check(textOf(plan.name), textOf(body.password));
      if (user) {
        await this.store.remove("artifact", `FlowPlan:${request.cookies[COOKIE]}`);
        await this.sessions.signIn(request, response, user);
        redirect(response, pathname + search);
        return;
      }
      const error = { string: "Invalid password", code: "invalid" };
      sendJson(response, 200, {
        ...password(flow, plan),
        response_errors: { password: [error] },
      });
    }
  }

  async #plan(request: WebRequest): Promise<Artifact | undefined> {
    const id = request.cookies[COOKIE];
    return id ? this.store.get("artifact", `FlowPlan:${id}`) : undefined;
  }
}

const info = ({ title }: Flow): JsonObject => ({
  title,
  background: "/static/dist/assets/images/flow_background.jpg",
  cancel_url: "/flows/-/cancel/",
  layout: "stacked",
});

const identification = (flow: Flow): JsonObject => ({
  component: "ak-stage-identification",
  flow_info: info(flow),
  user_fields: ["email", "username"],
  password_fields: false,
  allow_show_password: false,
  flow_designation: "authentication",
  primary_action: "Log in",
  sources: [],
  show_source_labels: false,
  enable_remember_me: false,
});

const password = (flow: Flow, plan: Artifact): JsonObject => ({
  component: "ak-stage-password",
  flow_info: info(flow),
  pending_user: textOf(plan.name),
  pending_user_avatar: "/static/dist/assets/images/user_default.png",
  allow_show_password: false,
});

const done = ({ url }: WebRequest): JsonObject => ({
  component: "xak-flow-redirect",
  to: new URLSearchParams(url.searchParams.get("query") ?? "").get("next") ?? "/",
});
