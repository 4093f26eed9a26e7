import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderScript } from "../../components/script";
import { buildTemplate } from "../../lab/lab";
import { type Finished, finish } from "./homelab/homelab";

/** The template's server is 15, with Debian's folders. */
const programs = "/usr/lib/postgresql/15/bin";
const extensions = "usr/share/postgresql/15/extension";

/**
 * The lab's PostgreSQL on a socket, without a container: each command sees the template with a folder of
 * this server's own in it, and nobody else does.
 */
export class TestPostgres {
  private readonly home = mkdtempSync(join(tmpdir(), "nixmox-postgres-"));

  private constructor(private readonly rootfs: string) {}

  /** Starts a server with the locale that the lab's have. */
  static async start(): Promise<TestPostgres> {
    const { base } = await buildTemplate(() => undefined);
    const server = new TestPostgres(join(base, "rootfs"));
    const own = join(server.home, "extension");
    cpSync(join(server.rootfs, extensions), own, { recursive: true });
    mkdirSync(join(server.home, "data"));
    const hba = "local all postgres peer\nlocal all all scram-sha-256\n";
    writeFileSync(join(server.home, "hba.conf"), hba);
    await server.must(
      [
        "chown -R postgres /mnt; chmod 0711 /mnt; touch /mnt/log; chown postgres /mnt/log",
        `runuser -u postgres -- ${programs}/initdb --pgdata=/mnt/data --username=postgres --auth=peer --encoding=UTF8 --locale=C.UTF-8 >/dev/null`,
        server.control("start"),
      ].join("\n"),
    );
    return server;
  }

  /** Runs a script of SQL as a host does, with what the service's own command would be given. */
  run(sql: string): Promise<Finished> {
    return this.shell(renderScript("run-sql", 5432), sql);
  }

  /** What a query of the administrator prints. */
  async ask(database: string, query: string): Promise<string> {
    return (await this.must(`runuser -u postgres -- psql -XtA ${database}`, query)).trim();
  }

  /** Logs in with a password, and runs SQL. */
  login(role: string, password: string, database: string, sql: string): Promise<Finished> {
    return this.shell(
      `pass=$(mktemp); trap 'rm $pass' EXIT; IFS= read -r word; printf '*:*:*:%s:%s\\n' ${role} "$word" >$pass; ` +
        `PGPASSFILE=$pass psql -XwtA --set=ON_ERROR_STOP=1 --username=${role} ${database}`,
      `${password}\n${sql}`,
    );
  }

  /** Runs files of SQL as a unit of a host does: the first, with variables, and with data on stdin. */
  runFiles(
    database: string,
    files: Readonly<Record<string, string>>,
    variables: readonly string[],
    stdin = "",
  ): Promise<Finished> {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.home, name), text);
    const set = variables.map((each) => `--set=${each}`).join(" ");
    const [first] = Object.keys(files);
    return this.shell(
      `runuser -u postgres -- psql -Xq ${set} --file=/mnt/${first} ${database}`,
      stdin,
    );
  }

  /** Makes a version of an extension available, and the one that is created from now on. */
  provide(name: string, version: string, files: Readonly<Record<string, string>>): void {
    const folder = join(this.home, "extension");
    writeFileSync(join(folder, `${name}.control`), `default_version = '${version}'\n`);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  }

  async stop(): Promise<void> {
    await this.must(this.control("stop"));
    rmSync(this.home, { recursive: true, force: true });
  }

  private control(verb: "start" | "stop"): string {
    const options =
      "-c listen_addresses= -c unix_socket_directories=/mnt -c hba_file=/mnt/hba.conf -c fsync=off";
    return `runuser -u postgres -- ${programs}/pg_ctl -D /mnt/data -w -m immediate -l /mnt/log -o '${options}' ${verb} >/dev/null`;
  }

  private async must(script: string, stdin = ""): Promise<string> {
    const { status, stdout, stderr } = await this.shell(script, stdin);
    if (status !== 0) throw new Error(stderr);
    return stdout;
  }

  /** A mount is seen by this command and by what it starts alone. */
  private shell(script: string, stdin = ""): Promise<Finished> {
    const { rootfs, home } = this;
    const enter = [
      "set -e",
      `mount --rbind /dev ${rootfs}/dev; mount -t proc proc ${rootfs}/proc`,
      `mount --bind ${home} ${rootfs}/mnt`,
      `mount --bind ${home}/extension ${rootfs}/${extensions}`,
      `exec chroot ${rootfs} bash --norc -c "$1"`,
    ].join("\n");
    return finish(
      "unshare",
      ["--mount", "bash", "--norc", "-c", enter, "bash", `cd /\n${script}`],
      {
        stdin,
        env: {
          PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          PGHOST: "/mnt",
        },
      },
    );
  }
}
