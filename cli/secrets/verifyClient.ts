import { renderScript } from "../../components/script";
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
  return renderScript("verify-client", endpoint, id, redirectUri, caFile);
}
