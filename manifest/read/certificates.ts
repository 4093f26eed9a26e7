import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isTable, valueAt } from "../issue";

/** A file of certificates: their text, or why it has none. */
export type CertificateFile = { readonly pem: string } | { readonly fault: string };

/** Files of certificates, by the name under which the manifest has them. */
export type CertificateFiles = ReadonlyMap<string, CertificateFile>;

/** No bundle of public authorities is as large. */
const maxBytes = 1024 * 1024;

/** Reads the certificates that a manifest names; a path is relative to the manifest's folder. */
export function readCertificates(manifest: string, data: unknown): CertificateFiles {
  const routes = valueAt(data, ["routes"]);
  const named = Object.values(isTable(routes) ? routes : {})
    .map((route) => valueAt(route, ["upstream_tls", "ca"]))
    .filter((file) => typeof file === "string");
  return new Map(named.map((file) => [file, readCertificate(resolve(dirname(manifest), file))]));
}

function readCertificate(path: string): CertificateFile {
  let text: string;
  try {
    if (statSync(path).size > maxBytes) {
      return { fault: `${path} has more than 1 MiB. Name a file of certificates.` };
    }
    text = readFileSync(path, "latin1");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "ENOENT" ? "does not exist" : "";
    const reason = why || `cannot be read (${(error as NodeJS.ErrnoException).code})`;
    return { fault: `${path} ${reason}. Copy the certificate there.` };
  }
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return {
      fault: `${path} holds a private key, which the proxy must not get. Name a file with the certificate alone.`,
    };
  }
  const blocks =
    text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) {
    return {
      fault: `${path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----). Convert it with \`openssl x509 -inform der\`.`,
    };
  }
  try {
    return { pem: blocks.map((block) => new X509Certificate(block).toString()).join("") };
  } catch {
    return { fault: `${path} holds a certificate that is damaged. Copy it again.` };
  }
}

/** When the first of some certificates ends. */
export function endOf(pem: string): Date {
  const blocks = pem.match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? [];
  const ends = blocks.map((block) => Date.parse(new X509Certificate(block).validTo));
  return new Date(Math.min(...ends));
}
