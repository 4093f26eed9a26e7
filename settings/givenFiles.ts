/**
 * Files that a run names in its environment, in place of those of the stack's configuration: a CI has
 * them elsewhere. They are no settings, since another place of the same key changes no resource.
 */
export function givenFiles(environment: NodeJS.ProcessEnv = process.env) {
  const { NIXMOX_API_TOKEN_FILE: token, NIXMOX_SSH_KEY_FILE: sshKey } = environment;
  return { token: token || undefined, sshKey: sshKey || undefined };
}
