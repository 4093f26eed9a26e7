/** The highest exposure, on the scale of 0 to 10 of `systemd-analyze security`, that a unit may have. */
export const exposureLimit = 4;

/** The running units that no sandbox holds, and why. */
export const notSandboxed: ReadonlyMap<string, string> = new Map([
  ["ssh", "`sshd` on NixOS; it gives root a shell, with which the deployment configures the host"],
]);
