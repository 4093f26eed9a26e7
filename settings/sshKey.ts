import { spawnSync } from "node:child_process";
import { quote } from "../components/script";
import { visible } from "../manifest/visible";

/** What OpenSSH itself makes of a private key. */
interface PublicHalf {
  /** Its type and its base64, without a comment. */
  readonly key?: string;
  readonly complaint?: string;
}

/**
 * Why OpenSSH cannot log in with a key, with the command that corrects it; nothing if it can. Asks
 * `ssh-keygen` itself, and only explains what that has refused.
 *
 * @param file the private key, of which `text` is the content
 * @param publicText the content of `FILE.pub`; nothing if it cannot be read
 */
export function findKeyFault(
  file: string,
  text: string,
  publicText: string | undefined,
): string | undefined {
  const { key, complaint } = publicHalf(file);
  if (key === undefined) return explain(file, text, complaint ?? "");
  if (publicText === undefined) return undefined;
  if (publicText.trim().split(/\s+/).slice(0, 2).join(" ") === key) return undefined;
  return (
    `whose public half is not the one in ${file}.pub, which hosts would let in. ` +
    `Run \`${derive(file)}\`, if ${file} is the right key.`
  );
}

/** The command that writes the public half of a key beside it. */
export function derive(file: string): string {
  return `ssh-keygen -y -f ${quote(file)} >${quote(`${file}.pub`)}`;
}

function publicHalf(file: string): PublicHalf {
  // An empty passphrase: a key with another one fails instead of asking for it.
  const { status, stdout, stderr, error } = spawnSync("ssh-keygen", ["-y", "-P", "", "-f", file], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (error) return { complaint: error.message };
  if (status === 0) return { key: stdout.trim().split(/\s+/).slice(0, 2).join(" ") };
  return { complaint: stderr.trim().split("\n").at(-1)! };
}

/** Why a key was refused, from what it looks like. `ssh-keygen` often only says "error in libcrypto". */
function explain(file: string, text: string, complaint: string): string {
  const name = quote(file);
  const create = "Create a key with `ssh-keygen -t ed25519 -N '' -f FILE`.";
  if (complaint.includes("ENOENT")) {
    return "which nothing here can read: this machine has no ssh-keygen. Install OpenSSH's client.";
  }
  if (text.trim() === "") return `which is empty. ${create}`;
  if (/^(ssh-|ecdsa-|sk-)\S+ AAAA/.test(text.trim())) {
    const near = file.endsWith(".pub") ? `${file.slice(0, -4)}, without .pub` : "the other half";
    return `which is the public half of a key. Name the private one: ${near}.`;
  }
  if (text.startsWith("PuTTY-User-Key-File-")) {
    return (
      "which is in PuTTY's format. " +
      `Run \`puttygen ${name} -O private-openssh -o FILE\`, and name that file.`
    );
  }
  if (complaint.includes("passphrase")) {
    return (
      "which has a passphrase, and a deployment has nobody to ask for it. " +
      `Run \`ssh-keygen -p -N '' -f ${name}\` to remove it, or name another key.`
    );
  }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return `which is not a private key. ${create}`;
  }
  if (text.includes("\r")) {
    return `which has the line breaks of Windows. Run \`sed -i 's/\\r$//' ${name}\`.`;
  }
  if (!text.startsWith("-----BEGIN")) {
    return (
      "which has something before its first line (a space, an empty line, or a byte order mark). " +
      `Run \`sed -i '1,/-----BEGIN/s/^.*-----BEGIN/-----BEGIN/; /-----BEGIN/,$!d' ${name}\`.`
    );
  }
  if (!text.includes("-----END")) {
    return `which ends in the middle of the key. Copy it again, up to its line with END.`;
  }
  if (!text.endsWith("\n")) {
    return `whose last line has no line break, without which OpenSSH reads no key. Run \`echo >>${name}\`.`;
  }
  const why = visible(complaint.replace(/^Load key "[^"]*": /, ""));
  return `which OpenSSH does not read: ${why}. Copy it again, or name another key. ${create}`;
}
