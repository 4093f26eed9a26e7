import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const script = resolve(__dirname, "../../../components/scripts/certify.sh");

/** How a program judges a certificate: what it objects to, or undefined if it accepts it. */
export type Verdict = string | undefined;

export type Purpose = "server" | "client";

/** A root and an intermediate as they are deployed, and what a thief of their keys can sign. */
export class StolenAuthority {
  readonly folder = mkdtempSync(join(tmpdir(), "nixmox-certificates-"));
  readonly root: string;
  readonly intermediate: string;
  private readonly verifier = join(this.folder, "verify");
  private readonly none = this.file("none.pem", "");

  constructor(domain = "nixmox.lan") {
    this.root = this.file("root.pem", certify("root", domain));
    this.intermediate = this.file("intermediate.pem", certify("intermediate", domain, this.root));
    // What Go reads from the environment decides what is built; nothing is fetched.
    execFileSync("go", ["build", "-o", this.verifier, join(__dirname, "verify.go")], {
      env: { ...process.env, GO111MODULE: "off" },
    });
  }

  /** Signs a certificate with the extensions that a thief would like it to have. */
  forge(signer: string, extensions: readonly string[], subject = "/CN=forged"): string {
    const name = mkdtempSync(join(this.folder, "forged-"));
    const [key, request, file] = ["key.pem", "request.pem", "certificate.pem"].map((each) =>
      join(name, each),
    ) as [string, string, string];
    const config = join(name, "extensions.cnf");
    writeFileSync(config, extensions.map((each) => `${each}\n`).join(""));
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key);
    openssl("req", "-new", "-key", key, "-subj", subject, "-out", request);
    const words = ["-in", request, "-days", "30", "-extfile", config, "-set_serial", "1"];
    openssl("x509", "-req", ...words, "-CA", signer, "-CAkey", signer, "-out", file);
    return this.file(`${name.split("/").at(-1)!}.pem`, read(key) + read(file));
  }

  /** What OpenSSL says to a certificate, given the certificates between it and the root. */
  openssl(certificate: string, between: readonly string[], purpose: Purpose): Verdict {
    const untrusted = between.flatMap((each) => ["-untrusted", each]);
    const words = ["-purpose", `ssl${purpose}`, "-CAfile", this.root, ...untrusted, certificate];
    return verdict("openssl", ["verify", ...words]);
  }

  /** What Go says to it. */
  go(certificate: string, between: readonly string[], purpose: Purpose): Verdict {
    const all =
      between.length > 0 ? this.file("between.pem", between.map(read).join("")) : this.none;
    return verdict(this.verifier, [this.root, certificate, all, purpose]);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  private file(name: string, content: string): string {
    writeFileSync(join(this.folder, name), content);
    return join(this.folder, name);
  }
}

/** What the script prints: a key and its certificate. */
export function certify(kind: string, name: string, issuer?: string, days = 30): string {
  return execFileSync("bash", [script, kind, name, String(days)], {
    encoding: "utf8",
    input: issuer === undefined ? "" : read(issuer),
  });
}

/** A certificate in OpenSSL's words. */
export function describeCertificate(pem: string): string {
  const words = ["x509", "-noout", "-text"];
  return execFileSync("openssl", words, { encoding: "utf8", input: pem });
}

function openssl(...words: string[]): void {
  execFileSync("openssl", words, { stdio: "pipe" });
}

function verdict(program: string, words: readonly string[]): Verdict {
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  return status === 0 ? undefined : stderr;
}

function read(file: string): string {
  return readFileSync(file, "utf8");
}
