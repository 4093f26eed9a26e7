import { z } from "zod";
import { encoding, locale } from "./locale";
import { name, port, sqlName } from "./values";

/** A database that a service needs: one of its own, or another service's. */

/** Connections that a database server accepts, if its databases do not need more. */
export const leastConnections = 200;

const isName = (text: string) => name.safeParse(text).success;

export const database = z.strictObject({
  name: sqlName
    .optional()
    .meta({ examples: ["notes"] })
    .describe(
      "Database name. Derived: the key in `dbs`, or the service's name with _ instead of -.",
    ),
  owner: sqlName
    .optional()
    .meta({ examples: ["notes"] })
    .describe("Role that owns the database. Derived: the database's name."),
  service: name
    .optional()
    .meta({ examples: ["postgresql"] })
    .describe(
      "Service that provides the database. Derived: the one with the role `database`; required where several have it.",
    ),
  host: z
    .ipv4()
    .optional()
    .meta({ examples: ["192.168.99.11"] })
    .describe("Address of the database server. Derived from `service`."),
  port: port
    .optional()
    .meta({ examples: [5432] })
    .describe("Port of the server. Derived: the providing service's port."),
  of: z
    .string()
    .max(65)
    .refine(
      (text) => text.split(".").length <= 2 && text.split(".").every(isName),
      'a service such as "cloud", or one of its databases such as "cloud.archive"',
    )
    .optional()
    .meta({ examples: ["cloud", "cloud.archive"] })
    .describe(
      "Another service's database, which this service uses, too: the same database, role and password, from a second host. Everything else is set there.",
    ),
  readers: z
    .array(name)
    .default([])
    .meta({ examples: [["grafana"]] })
    .describe(
      "Services that may read the database and change nothing: each gets a role of its own, whose password is in a file on its host.",
    ),
  collation: locale
    .optional()
    .meta({ examples: ["C"] })
    .describe(
      "Sort order, as a locale of the server. Set when the database is created; it cannot be changed later. Derived: `ctype`, or else the server's own.",
    ),
  ctype: locale
    .optional()
    .meta({ examples: ["C", "de_DE.UTF-8"] })
    .describe(
      "Character classes, as a locale of the server. Set when the database is created. Derived: `collation`, or else the server's own.",
    ),
  encoding: encoding
    .optional()
    .meta({ examples: ["UTF8"] })
    .describe(
      "Character set. Set when the database is created. Derived: that of the locales, or else the server's own.",
    ),
  template: z
    .enum(["template0", "template1"])
    .optional()
    .meta({ examples: ["template0"] })
    .describe(
      "Database that it is created as a copy of. Derived: template0 where a locale or the encoding is set, which template1 would not allow; otherwise template1.",
    ),
  extensions: z
    .array(z.string().regex(/^[a-z_][a-z0-9_-]{0,62}$/, "an extension name such as pg_trgm"))
    .default([])
    .meta({ examples: [["pg_trgm", "vector"]] })
    .describe(
      "PostgreSQL extensions to create in the database, and to update when the server has newer ones. The server's host gets the packages of those that are not part of PostgreSQL.",
    ),
  additionaldbs: z
    .array(sqlName)
    .default([])
    .meta({ examples: [["notes_archive"]] })
    .describe("Names of further databases of the same owner, without extensions."),
  connection_limit: z
    .int()
    .min(1)
    .max(10_000)
    .default(20)
    .meta({ examples: [50] })
    .describe(
      "Connections that its owner may have open at once, in all of its databases; each reader, too.",
    ),
  max_connections: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .meta({ examples: [400] })
    .describe(
      `On the database service itself: connections of all services together. Derived: ${leastConnections}, doubled until it holds all limits.`,
    ),
  on_remove: z
    .enum(["keep", "drop"])
    .default("keep")
    .meta({ examples: ["drop"] })
    .describe("What happens to the data when the service leaves the manifest."),
  mode: z
    .literal("standalone")
    .optional()
    .describe("On the database service itself: it is a server, not a database of its own."),
  superuser: z
    .literal(false, { error: "a service's role is never a superuser" })
    .optional()
    .describe("Only false is accepted."),
});
