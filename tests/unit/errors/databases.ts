import { base } from "../fixtures";

const service = (name: string, address: number, lines: string) =>
  `[services.${name}]\nip = "192.168.99.${address}"\n${lines}\n`;
/** One database with these keys. */
const database = (keys: string) => base + service("git", 20, `interface.db = { ${keys} }`);
/** A service with a database, and two others. */
const two = (cloud: string, workers: string, rest = "") =>
  base +
  service("cloud", 21, `interface.db = { ${cloud} }`) +
  service("workers", 22, workers) +
  service("grafana", 23, rest);
const long = "a".repeat(50);

/** What is wrong with databases that applications ask for. */
export const databaseCases: Record<string, [text: string, file?: string]> = {
  "a collation without its character set": [database('collation = "de_DE"')],
  "a collation of no character set that PostgreSQL knows": [database('ctype = "de_DE.UTF-16"')],
  "an encoding that PostgreSQL does not know": [database('encoding = "UTF9"')],
  "an encoding that only clients have": [database('encoding = "BIG5"')],
  "no major version of PostgreSQL": [
    base.replace("[core_services.postgresql]\n", '$&version = "17.2"\n') + service("git", 20, ""),
  ],
  "no major version of Nextcloud": [
    `${base}[services.nextcloud]\nip = "192.168.99.20"\nversion = "33.0.1"\n`,
  ],
  "no version at all": [`${base}[services.nextcloud]\nip = "192.168.99.20"\nversion = "latest"\n`],
  "no release of NixOS": [`${base}[services.git]\nip = "192.168.99.20"\nstate_version = "25.5"\n`],
  "a release of NixOS that there has never been": [
    `${base}[services.git]\nip = "192.168.99.20"\nstate_version = "00.05"\n`,
  ],
  "an unknown template": [database('template = "template2"')],
  "locales of two encodings": [database('collation = "de_DE.UTF-8", ctype = "de_DE.ISO-8859-1"')],
  "an encoding that its collation is not for": [
    database('collation = "de_DE.UTF-8", encoding = "LATIN1"'),
  ],
  "an encoding that the server's locale is not for": [database('encoding = "LATIN1"')],
  "a template that has another collation": [database('collation = "C", template = "template1"')],
  "an extension by its project's name": [database('extensions = ["pgvector", "vectorchord"]')],
  "an extension twice": [database('extensions = ["hstore", "hstore"]')],
  "a database of an unknown service": [two("", 'interface.db = { of = "clouds" }')],
  "a database of a service that has none": [two("", 'interface.db = { of = "grafana" }')],
  "a database under another key": [two("", 'interface.db = { of = "cloud.clouds" }')],
  "one of several databases": [
    base +
      service("cloud", 21, "interface.dbs = { a = {}, b = {} }") +
      service("workers", 22, 'interface.db = { of = "cloud" }'),
  ],
  "its own database once more": [database('of = "git"')],
  "a second host of a second host": [
    two("", 'interface.db = { of = "cloud" }', 'interface.db = { of = "workers" }'),
  ],
  "second hosts of each other": [two('of = "workers"', 'interface.db = { of = "cloud" }')],
  "what a second host cannot decide": [
    two("", 'interface.db = { of = "cloud", extensions = ["hstore"], readers = ["grafana"] }'),
  ],
  "a second host of a service that is off": [
    two("", 'interface.db = { of = "cloud" }').replace(
      "[services.cloud]\n",
      "[services.cloud]\nenable = false\n",
    ),
  ],
  "a reader that does not exist": [two('readers = ["grafan"]', "")],
  "a reader that is off": [two('readers = ["grafana"]', "", "enable = false")],
  "a reader that is the owner": [two('readers = ["cloud"]', "")],
  "a reader twice": [two('readers = ["grafana", "grafana"]', "")],
  "a reader that is the server": [two('readers = ["postgresql"]', "")],
  "a reader that is a second host": [
    two('readers = ["workers"]', 'interface.db = { of = "cloud" }'),
  ],
  "a reader with a database of the same key": [
    two('readers = ["grafana"]', "", 'interface.dbs.cloud = { name = "charts" }'),
  ],
  "a reader's role that another one is called": [
    two('readers = ["grafana"]', 'interface.db = { owner = "grafana_reads_cloud" }'),
  ],
  "a reader's role that is too long": [two(`name = "${long}", readers = ["grafana"]`, "")],
  "a reader that the owner waits for": [
    two('readers = ["grafana"]', "").replace(
      "[services.cloud]\n",
      '[services.cloud]\ndepends_on = ["grafana"]\n',
    ),
  ],
};
