/** The main unit of each module whose program is not called as the module is. */
const units: Readonly<Record<string, string>> = {
  dns: "unbound.service",
  guacamole: "tomcat.service",
  monitoring: "prometheus.service",
  nextcloud: "phpfpm-nextcloud.service",
};

/** Modules whose unit keeps its name, whatever the service is called. */
const sameName: readonly string[] = [
  "authentik",
  "caddy",
  "forgejo",
  "keycloak",
  "mail",
  "miniflux",
  "openbao",
  "postgresql",
  "vaultwarden",
];

/** The unit of a service for which the manifest names none. */
export function unitOf(service: string, modules: readonly string[]): string {
  const [module, ...others] = modules;
  if (module === undefined || others.length > 0) return `${service}.service`;
  if (sameName.includes(module)) return `${module}.service`;
  return Object.hasOwn(units, module) ? units[module]! : `${service}.service`;
}
