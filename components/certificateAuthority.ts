import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { quote } from "./script";

/** The homelab's own certificate authority. */
export interface CertificateAuthority {
  /** The root certificate, as PEM. */
  readonly certificate: pulumi.Output<string>;
  /** The root's private key, as PEM; a secret. */
  readonly privateKey: pulumi.Output<string>;
}

/**
 * Creates a certificate authority for the names below one domain and no others: its certificate
 * says so (RFC 5280, name constraints), which binds everyone who trusts it.
 */
export function createCertificateAuthority(
  name: string,
  domain: string,
  opts: pulumi.CustomResourceOptions,
): CertificateAuthority {
  const root = new command.local.Command(
    name,
    {
      create: createRoot(domain),
      update: "echo 'A certificate authority is replaced, not changed.' >&2; exit 1",
      triggers: [domain],
      logging: "none",
      addPreviousOutputInEnv: false,
    },
    // Rewording the command above must not invalidate every certificate.
    { ...opts, additionalSecretOutputs: ["stdout"], ignoreChanges: ["create", "update"] },
  );
  const stdout = pulumi.secret(root.stdout);
  return {
    privateKey: stdout.apply((pem) => block(pem, "PRIVATE KEY")),
    certificate: pulumi.unsecret(stdout.apply((pem) => block(pem, "CERTIFICATE"))),
  };
}

/** An OpenSSL command that prints a private key and its self-signed certificate, valid for ten years. */
function createRoot(domain: string): string {
  const extensions = [
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign",
    `nameConstraints=critical,permitted;DNS:${domain}`,
  ];
  const words = [
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -sha256",
    `-subj ${quote(`/CN=NixMox CA for ${domain}`)}`,
    ...extensions.map((extension) => `-addext ${quote(extension)}`),
    "-keyout - -out -",
  ];
  return words.join(" ");
}

function block(pem: string, label: string): string {
  const found = new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`).exec(pem);
  if (!found) {
    throw new Error(
      `Unable to create the certificate authority: openssl printed no ${label}. ` +
        "Check that OpenSSL 1.1.1 or later is installed.",
    );
  }
  return `${found[0]}\n`;
}
