import type { PortRange } from "../schema/ports";

/** TCP ports in their order, of several in a row the first. Routes lead to the first of all. */
export function tcpPorts(ports: readonly PortRange[]): number[] {
  return ports.filter(({ protocol }) => protocol === "tcp").map(({ first }) => first);
}
