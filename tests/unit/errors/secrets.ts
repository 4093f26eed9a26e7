import { base } from "../fixtures";

const git = (lines: string) =>
  `${base}[services.git]\nip = "192.168.99.20"\n[services.git.interface.secrets]\n${lines}\n`;
/** Beside a service that has secrets of every kind. */
const beside = (lines: string) =>
  git(lines).replace(
    "[services.git]",
    '[services.wiki]\nip = "192.168.99.21"\ninterface.db = {}\n' +
      'interface.secrets = { api-key = {}, hook = { from = "git.hook" } }\n' +
      '[services.old]\nip = "192.168.99.22"\nenable = false\ninterface.secrets.key = {}\n[services.git]',
  );
const hook = "hook = {}\n";

/** Secrets that no one could generate, share or read. */
export const secretErrors: Record<string, [text: string, file?: string]> = {
  "a length of what is not generated": [
    git('token = { generate = false, length = 40, format = "hex" }'),
  ],
  "a length of a UUID": [git('id = { format = "uuid", length = 16 }')],
  "an unknown format": [git('key = { format = "base32" }')],
  "what is not a reference to a secret": [git('key = { from = "wiki" }')],
  "a secret that is shared and generated": [
    beside(`${hook}key = { from = "wiki.api-key", generate = true, format = "hex", length = 64 }`),
  ],
  "a secret of the service itself": [git('a = {}\nb.from = "git.a"\nc.from = "git.c"')],
  "a secret of an unknown service": [beside(`${hook}key.from = "wikki.api-key"`)],
  "a secret of a disabled service": [beside(`${hook}key.from = "old.key"`)],
  "an unknown secret of another service": [beside(`${hook}key.from = "wiki.apikey"`)],
  "a secret of a service that has none": [beside(`${hook}key.from = "dns.key"`)],
  "a secret that another service has from a third": [beside(`${hook}key.from = "wiki.hook"`)],
  "secrets that are each other's": [
    git('a.from = "wiki.a"') +
      '[services.wiki]\nip = "192.168.99.21"\ninterface.secrets.a.from = "git.a"\n',
  ],
  "another service's database password": [beside(`${hook}key.from = "wiki.database-wiki"`)],
  "what cannot be a variable's name": [git('key.env = "API-KEY"')],
  "one variable for two secrets": [git('a.env = "KEY"\nb.env = "KEY"')],
  "a variable where a module reads the value alone": [
    git("admin-password.env = 'PASSWORD'").replaceAll("git", "miniflux"),
  ],
  ...Object.fromEntries(
    [
      ["guacamole", "admin-password"],
      ["mail", "mailbox-anna"],
      ["media", "jellyfin-password"],
      ["monitoring", "client-secret-grafana"],
      ["nextcloud", "admin-password"],
      ["openbao", "seal-key"],
      ["vaultwarden", "admin-token"],
    ].map(([module, name]) => [
      `a variable where ${module} reads the value alone`,
      [git(`${name}.env = 'VALUE'`).replaceAll("git", module!)],
    ]),
  ),
  "a path that excuses what is no secret": [
    `not_secret = ["services.git.ip", "services.git.interface.health.readiness", "services.git.ip"]\n${git("a = {}")}`,
  ],
  "one secret that is excused, and another that is not": [
    'not_secret = ["services.git.interface.health.startup"]\n' +
      git("a = {}").replace(
        "[services.git.interface.secrets]",
        'interface.health = { startup = "redis-cli -a ping", readiness = "redis-cli -a hunter2 ping" }\n$&',
      ),
  ],
};
