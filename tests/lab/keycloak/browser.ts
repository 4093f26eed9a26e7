import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute } from "../pve/testLab";

/** An answer to a request. */
export interface Page {
  readonly status: number;
  readonly body: string;
  header(name: string): string | undefined;
}

/**
 * As much of a browser as a sign-in needs: cookies, and one public name whose paths lead to two
 * servers, as the proxy has it.
 */
export class Browser {
  private readonly folder = mkdtempSync(join(tmpdir(), "nixmox-browser-"));

  constructor(
    private readonly name: string,
    private readonly address: string,
  ) {}

  /** Requests a page of the public name; with fields, as a form does. */
  async open(url: string, fields?: Readonly<Record<string, string>>): Promise<Page> {
    const port = new URL(url).pathname.startsWith("/oauth2/") ? 4180 : 8443;
    const jar = join(this.folder, "cookies");
    const form = Object.entries(fields ?? {}).flatMap(([key, value]) => [
      "--data-urlencode",
      `${key}=${value}`,
    ]);
    // Both servers' certificates are for the host's name, which the proxy would check.
    const args = [
      ...["--silent", "--show-error", "--include", "--http1.1", "--insecure", "--max-time", "30"],
      ...["--connect-to", `${this.name}:443:${this.address}:${port}`],
      ...["--cookie", jar, "--cookie-jar", jar, ...form],
      ...["--header", "X-Forwarded-Proto: https", "--header", `X-Forwarded-Host: ${this.name}`],
      url,
    ];
    const { code, stdout, stderr } = await execute("curl", args);
    if (code !== 0) throw new Error(`Unable to open ${url}: ${stderr}`);
    const [head = "", ...rest] = stdout.split("\r\n\r\n");
    const lines = head.split("\r\n");
    return {
      status: Number(lines[0]?.split(" ")[1]),
      body: rest.join("\r\n\r\n"),
      header: (name) => {
        const found = lines.find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
        return found?.slice(name.length + 1).trim();
      },
    };
  }

  /** Signs in where a page sends the browser, and comes back to where it began. */
  async signIn(start: string, username: string, password: string): Promise<Page> {
    const begun = await this.open(start);
    const form = await this.open(begun.header("location") ?? "");
    const action = /action="([^"]+)"/.exec(form.body)?.[1]?.replaceAll("&amp;", "&");
    if (!action) throw new Error(`There is no form to sign in: ${form.status} ${form.body}`);
    const done = await this.open(action, { username, password });
    return this.open(done.header("location") ?? "");
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}
