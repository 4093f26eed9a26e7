import assert from "node:assert/strict";
import type { DeployedSignOn } from "./lab";

/** What a provider has, by kind and identifier, with the name that it has there. */
export type Objects = Readonly<Record<string, string>>;

interface Listed {
  readonly pk?: string | number;
  readonly id?: string;
  readonly slug?: string;
  readonly name?: string;
  readonly username?: string;
  readonly clientId?: string;
  readonly alias?: string;
  readonly identifier?: string;
}

const secrets = "/var/lib/nixmox/secrets";

/** Shell text that defines `api METHOD PATH`, which sends stdin, if any, as JSON. */
const api = {
  authentik: `
set -eu; umask 077; token=$(mktemp); trap 'rm -f $token' EXIT
printf 'Authorization: Bearer %s' "$(cat ${secrets}/bootstrap-token)" >$token
api() { curl --silent --show-error --fail --request $1 --header @$token --header 'Content-Type: application/json' --data @- "http://ADDRESS:9000/api/v3/$2"; }
`,
  keycloak: `
set -eu; umask 077; token=$(mktemp); trap 'rm -f $token' EXIT
form=$(printf 'grant_type=client_credentials&client_id=nixmox&client_secret=%s' "$(cat ${secrets}/bootstrap-secret)")
access=$(printf %s "$form" | curl --silent --show-error --fail --data @- API/realms/master/protocol/openid-connect/token | jq --raw-output .access_token)
printf 'Authorization: Bearer %s' "$access" >$token
api() { curl --silent --show-error --fail --request $1 --header @$token --header 'Content-Type: application/json' --data @- "API/admin/realms/nixmox/$2"; }
`,
} as const;

const lists = {
  authentik: [
    "core/applications",
    "providers/oauth2",
    "providers/proxy",
    "core/groups",
    "core/users",
    "core/tokens",
    "policies/bindings",
    "propertymappings/provider/scope",
    "outposts/instances",
  ],
  keycloak: ["clients", "groups", "users", "client-scopes", "authentication/flows", "roles"],
} as const;

/** Runs shell text with `api` on the provider's host. */
async function ask(lab: DeployedSignOn, script: string, stdin = ""): Promise<string> {
  const { kind } = lab.pages;
  const { address } = lab.services[kind]!;
  const prepared = api[kind]
    .replaceAll("ADDRESS", address)
    .replaceAll("API", "http://127.0.0.1:8080");
  const { status, stdout, stderr } = await lab.homelab.on(address, prepared + script, stdin);
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Everything that the provider has now. */
export async function objectsOf(lab: DeployedSignOn): Promise<Objects> {
  const { kind } = lab.pages;
  const all = lists[kind];
  const query = kind === "authentik" ? "/?page_size=500" : "?max=500";
  const script = all.map((path) => `api GET '${path}${query}' </dev/null; echo`).join("\n");
  const answers = (await ask(lab, script)).trim().split("\n");
  assert.equal(answers.length, all.length);
  return Object.fromEntries(
    answers.flatMap((text, i) => {
      const answer = JSON.parse(text) as Listed[] | { readonly results: Listed[] };
      const found = "results" in answer ? answer.results : answer;
      return found.map((each) => [
        `${all[i]} ${each.pk ?? each.id ?? ""}`,
        each.slug ??
          each.clientId ??
          each.username ??
          each.alias ??
          each.identifier ??
          each.name ??
          "",
      ]);
    }),
  );
}

/** One object, whole. */
export async function objectOf<T>(lab: DeployedSignOn, path: string): Promise<T> {
  return JSON.parse(await ask(lab, `api GET '${path}' </dev/null`)) as T;
}

/** Changes an object behind the deployment's back. */
export async function patch(lab: DeployedSignOn, path: string, change: object): Promise<void> {
  await ask(lab, `api PATCH '${path}'`, JSON.stringify(change));
}
