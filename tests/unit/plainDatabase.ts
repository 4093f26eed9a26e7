import type { DatabaseSpec } from "../../manifest/resolve/spec";

/** A database with nothing but what every database has. */
export const plainDatabase: DatabaseSpec = {
  place: "services.notes.interface.db",
  access: "own",
  name: "notes",
  owner: "writer",
  role: "writer",
  service: "postgresql",
  host: "192.168.99.11",
  port: 5432,
  readers: [],
  template: "template1",
  extensions: [],
  additionaldbs: [],
  connection_limit: 7,
  on_remove: "keep",
  password_file: "/var/lib/nixmox/secrets/database-notes",
};
