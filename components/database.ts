import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { DatabaseSpec } from "../manifest/resolve/spec";
import {
  renderDatabase,
  renderFarewell,
  renderHba,
  renderRemoval,
  renderUpdates,
} from "./databaseSql";
import { renderReader, renderReaderRemoval } from "./readerSql";
import type { RemoteHost } from "./remoteHost";
import { renderScript } from "./script";

export interface DatabaseArgs {
  /** Host of the database server. */
  readonly server: RemoteHost;
  /** What that host runs: extensions are updated when it changes. */
  readonly serverSystem: pulumi.Input<string>;
  /** Host of the service, the only one that may connect. */
  readonly host: RemoteHost;
  /** The database as the manifest has it. */
  readonly database: DatabaseSpec;
  /** Units of the service that restart when the password changes. */
  readonly restart: readonly string[];
  /** A password chosen by hand; if undefined, one is generated. */
  readonly chosenPassword: pulumi.Input<string | undefined>;
  /** Another service's database, if this is its second host: they share role and password. */
  readonly shared: Database | undefined;
}

/**
 * A database that one host reaches with a password: a service's own with its owner, the same from a
 * second host, or another service's with a role that reads. When it leaves the manifest, its data stays, and
 * its owner can no longer log in, unless `on_remove` says "drop"; readers are dropped.
 */
export class Database extends pulumi.ComponentResource {
  readonly password: pulumi.Output<string>;
  /** Changes whenever the password file is written. */
  readonly secretVersion: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:Database", name, {}, opts);
    const { server, host, database } = args;
    const { port, role, password_file: path } = database;
    this.password = args.shared?.password ?? this.generate(name, args);
    const prepared = this.prepare(name, args);
    const access = server.dropIn(
      `${name}-access`,
      { kind: "hba", content: renderHba(database, host.address) },
      { parent: this, dependsOn: prepared },
    );
    // Those that have not logged in yet count, too: the role's own limit comes first.
    const connections = 2 * database.connection_limit;
    server.allow(
      `${name}-firewall`,
      [{ source: host.address, ports: [port], connections, comment: role }],
      { parent: this },
    );
    const secret = host.secretFile(
      `${name}-secret`,
      { path, value: this.password, owner: "root", mode: "0400", restart: args.restart },
      { parent: this, dependsOn: access },
    );
    this.secretVersion = pulumi.unsecret(secret.stdout);
    this.registerOutputs({
      host: database.host,
      port,
      name: database.name,
      role,
      passwordFile: path,
    });
  }

  private generate(name: string, { chosenPassword }: DatabaseArgs): pulumi.Output<string> {
    const generated = new random.RandomPassword(
      `${name}-password`,
      { length: 40, special: false },
      { parent: this },
    );
    return pulumi.secret(
      pulumi.all([chosenPassword, generated.result]).apply(([chosen, result]) => chosen ?? result),
    );
  }

  /** What the server has to have before it lets the host in. */
  private prepare(name: string, args: DatabaseArgs): command.remote.Command[] {
    switch (args.database.access) {
      case "own":
        return this.createOwn(name, args);
      case "read":
        return [this.createRole(name, args, renderReader, renderReaderRemoval)];
      case "share":
        return [this.endSessions(name, args)];
    }
  }

  private createOwn(name: string, args: DatabaseArgs): command.remote.Command[] {
    const role = this.createRole(name, args, renderDatabase, renderRemoval);
    return [role, ...this.updateExtensions(name, args, role)];
  }

  private createRole(
    name: string,
    { server, database }: DatabaseArgs,
    render: (database: DatabaseSpec, password: string) => string,
    remove: (database: DatabaseSpec) => string,
  ): command.remote.Command {
    const { port, role } = database;
    return server.run(
      `${name}-role`,
      {
        create: renderScript("run-sql", port),
        delete: renderScript("run-sql", port, remove(database)),
        triggers: [`${role}/${database.name}`],
        stdin: this.password.apply((password) => render(database, password)),
      },
      // Deleting comes last: by then, the role is let in again, and its removal does nothing. Otherwise
      // whatever replaces this resource would drop a database with `on_remove = "drop"`.
      { parent: this, deleteBeforeReplace: false },
    );
  }

  /** Extensions get the version that the server's system has now. */
  private updateExtensions(
    name: string,
    { server, serverSystem, database }: DatabaseArgs,
    dependsOn: pulumi.Resource,
  ): command.remote.Command[] {
    if (database.extensions.length === 0) return [];
    const create = pulumi
      .output(serverSystem)
      .apply((system) =>
        renderScript("run-sql", database.port, `-- ${system}\n${renderUpdates(database)}`),
      );
    return [server.run(`${name}-extensions`, { create }, { parent: this, dependsOn })];
  }

  /** A host that is no longer a second one keeps no session. */
  private endSessions(name: string, { server, host, database }: DatabaseArgs) {
    const run = renderScript("run-sql", database.port, renderFarewell(database, host.address));
    const triggers = [`${database.role}/${database.name}`];
    return server.run(`${name}-sessions`, { create: run, delete: run, triggers }, { parent: this });
  }
}
