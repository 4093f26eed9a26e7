import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { localScript } from "./script";

/** A certificate and its private key, as PEM. */
export interface KeyPair {
  readonly certificate: pulumi.Output<string>;
  /** A secret. */
  readonly privateKey: pulumi.Output<string>;
}

export interface CertificateAuthorityArgs {
  /** The one domain whose names it may certify. */
  readonly domain: string;
  /** What time it is, which decides whether certificates are due for renewal. */
  readonly now: Date;
}

/** Days for which a certificate is valid; a root is valid for ten years. */
const validity = { root: 3650, issued: 180 } as const;

/** Days after which a certificate is replaced, so that each is still valid for twice as long. */
const renewal = 60;

/** Increased when what a root may certify changes: a root is never changed, only replaced. */
const rootVersion = "2";

/**
 * The homelab's own certificate authority. Its root may certify servers whose names are below one
 * domain and nothing else: its certificate says so (RFC 5280), which binds everyone who trusts it.
 * The root's key is in the state alone; a proxy gets an intermediate that soon expires.
 */
export class CertificateAuthority {
  /** The root certificate, as PEM. */
  readonly certificate: pulumi.Output<string>;
  private readonly root: pulumi.Output<string>;

  constructor(
    name: string,
    private readonly args: CertificateAuthorityArgs,
    opts: pulumi.CustomResourceOptions,
  ) {
    const { domain } = args;
    const root = certify(
      name,
      {
        create: localScript("certify", "root", domain, validity.root),
        update:
          "echo 'Unable to change the certificate authority: it can only be replaced. Increase rootVersion (components/certificateAuthority.ts).' >&2; exit 1",
        triggers: [domain, rootVersion],
      },
      opts,
    );
    this.root = pulumi.secret(root.stdout);
    this.certificate = split(root).certificate;
  }

  /** An authority for the same names, which can certify servers but no further authority. */
  intermediate(name: string, opts: pulumi.CustomResourceOptions): KeyPair {
    return this.issue(name, "intermediate", this.args.domain, opts);
  }

  /** A certificate for one host's name. */
  server(name: string, hostname: string, opts: pulumi.CustomResourceOptions): KeyPair {
    return this.issue(name, "server", hostname, opts);
  }

  private issue(
    name: string,
    kind: "intermediate" | "server",
    subject: string,
    opts: pulumi.CustomResourceOptions,
  ): KeyPair {
    const issued = certify(
      name,
      {
        create: localScript("certify", kind, subject, validity.issued),
        triggers: [renewalPeriod(this.args.now)],
        stdin: this.root,
      },
      opts,
    );
    return split(issued);
  }
}

/** The first day of the period in which certificates are not replaced again: `2026-11-07`. */
export function renewalPeriod(now: Date): string {
  const period = renewal * 24 * 60 * 60 * 1000;
  return new Date(Math.floor(now.getTime() / period) * period).toISOString().slice(0, 10);
}

/** Runs the script that prints a private key and its certificate. */
function certify(
  name: string,
  args: Pick<command.local.CommandArgs, "create" | "update" | "triggers" | "stdin">,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return new command.local.Command(
    name,
    { ...args, logging: command.types.enums.local.Logging.None, addPreviousOutputInEnv: false },
    { ...opts, additionalSecretOutputs: ["stdout"] },
  );
}

function split({ stdout }: command.local.Command): KeyPair {
  const printed = pulumi.secret(stdout);
  return {
    privateKey: printed.apply((pem) => block(pem, "PRIVATE KEY")),
    certificate: pulumi.unsecret(printed.apply((pem) => block(pem, "CERTIFICATE"))),
  };
}

function block(pem: string, label: string): string {
  const found = new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`).exec(pem);
  if (!found) {
    throw new Error(
      `Unable to issue a certificate: openssl printed no ${label}. Check that OpenSSL 1.1.1 or later is installed.`,
    );
  }
  return `${found[0]}\n`;
}
