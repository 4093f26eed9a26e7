/** How secrets are named in the manifest and in a stack's configuration. */

/** What `from` names. */
export function splitReference(from: string): { service: string; secret: string } {
  const [service = "", secret = ""] = from.split(".");
  return { service, secret };
}

/** A secret as `from` and the stack's configuration name it. */
export function secretId(service: string, secret: string): string {
  return `${service}.${secret}`;
}

/**
 * The command that gives a stack a secret. Pulumi asks for the value, or reads it from stdin, so that it
 * is in no shell's history.
 *
 * @param id `service.secret`
 * @param option further words, such as the stack's name
 */
export function setCommand(id: string, option = ""): string {
  const path = `--path 'nixmox:secrets.${id}'`;
  return ["pulumi config set --secret", path, ...(option === "" ? [] : [option])].join(" ");
}
