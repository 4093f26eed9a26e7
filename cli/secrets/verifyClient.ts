import { quote } from "../../components/script";
import { caFile } from "../../manifest/resolve/paths";
import type { OidcClientSpec, SignOnSpec } from "../../manifest/resolve/spec";

/**
 * A command that gets a client's secret on stdin and succeeds if the identity provider accepts it: it
 * then refuses the code that comes with it, and otherwise the client.
 */
export function verifyClient(
  { kind, url, realm }: Pick<SignOnSpec, "kind" | "url" | "realm">,
  {
    client_id: id,
    redirect_uris: [redirectUri = ""],
  }: Pick<OidcClientSpec, "client_id" | "redirect_uris">,
): string {
  const endpoint = {
    authentik: `${url}/application/o/token/`,
    keycloak: `${url}/realms/${realm}/protocol/openid-connect/token`,
  }[kind];
  const fields = [
    ["--data", "grant_type=authorization_code"],
    ["--data", "code=none"],
    ["--data-urlencode", `redirect_uri=${redirectUri}`],
    ["--data-urlencode", `client_id=${id}`],
    ["--data-urlencode", "client_secret@-"],
  ].flat();
  const words = [...["curl", "--disable", "--silent", "--show-error", "--max-time", "20"]];
  words.push("--cacert", caFile, ...fields, endpoint);
  return [
    `answer=$(${words.map(quote).join(" ")}) || exit 2`,
    `case $answer in *'"invalid_grant"'*) exit 0 ;; *'"invalid_client"'* | *'"unauthorized_client"'*) exit 1 ;; esac`,
    'printf "%s\\n" "the identity provider answers in another way" >&2',
    "exit 2",
  ].join("\n");
}
