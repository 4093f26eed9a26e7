import { dropInOf, reveal, tableOf } from "../registration";
import { type Rule, specOf } from "../rule";

/** What crosses the network is encrypted. */
export const tls: Rule = {
  name: "tls",
  description:
    "Proxmox VE is reached by HTTPS with a checked certificate, and routes and databases have TLS, unless the settings or the manifest say otherwise.",
  check: (registration, context) => {
    if (["pulumi:providers:proxmoxve", "pulumi:providers:pve"].includes(registration.type)) {
      const { endpoint, insecure } = tableOf(reveal(registration.inputs));
      const wrong = [
        ...(String(endpoint).startsWith("https://")
          ? []
          : [
              ["is reached without TLS", "Set nixmox:endpoint to a URL that begins with https://."],
            ]),
        ...(String(insecure) !== "true" || context.settings.proxmox.insecure
          ? []
          : [
              [
                "may have any certificate although nixmox:insecure is false",
                "Pass nixmox:insecure on to the provider as it is (index.ts).",
              ],
            ]),
      ];
      return wrong.map(([what, advice]) => ({ why: `Proxmox VE ${what!}`, advice: advice! }));
    }
    const dropIn = dropInOf(registration);
    if (dropIn?.kind === "hba") {
      return dropIn.content
        .split("\n")
        .filter((line) => line.trim() !== "" && !line.startsWith("hostssl "))
        .map((line) => ({
          why: `${registration.name} lets in a role without TLS: ${line.trim()}`,
          advice: "Begin the line with hostssl (components/database.ts).",
        }));
    }
    if (dropIn?.kind !== "routes") return [];
    const plain = new Set(sitesWithoutTls(dropIn.content));
    const routes = Object.entries(specOf(registration, context)?.interface.routes ?? {});
    return [
      ...routes.map(([key, route]) => ({ key: ["interface", "routes", key, "tls"], route })),
      ...context.manifest.routes.map((route) => ({ key: undefined, route })),
    ]
      .filter(({ route }) => route.tls && plain.has(route.domain))
      .map(({ key, route: { domain } }) => ({
        why: `${registration.name} serves ${domain} without TLS`,
        advice: "Serve it with TLS, or set `tls = false` for this route.",
        ...(key && { key }),
      }));
  },
};

/** The host names of a Caddyfile's sites that are served over plain HTTP. */
function sitesWithoutTls(caddyfile: string): string[] {
  const said = /^# nixmox (.*)$/m.exec(caddyfile)?.[1];
  if (said === undefined) return [];
  const { domain, tls: isTls } = JSON.parse(said) as { domain: string; tls: boolean };
  return isTls ? [] : [domain];
}
