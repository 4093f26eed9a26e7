/**
 * What a container says about itself: which stack created it for which service. It is a line of the
 * container's description ("Notes" in Proxmox VE), so that people also see it.
 */
export interface Mark {
  readonly service: string;
  /** The stack's name, for people; two stacks may have the same one. */
  readonly stack: string;
  /** Hexadecimal; tells stacks apart. */
  readonly stackId: string;
  /** The container's own id: a clone or a restored copy keeps the description. */
  readonly vmid: number;
}

const MARK =
  /^(?<service>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?: .*)?, made by NixMox \(stack (?<stack>[\w./-]+), (?<stackId>[0-9a-f]{8,64}), id (?<vmid>[1-9]\d{2,8})\)$/;

/**
 * The description of a container.
 *
 * @example
 * describeGuest({ service: "miniflux", stack: "dev", stackId: "3f9a1c0e", vmid: 7015 }, "2.1");
 * // "miniflux 2.1, made by NixMox (stack dev, 3f9a1c0e, id 7015)"
 */
export function describeGuest(mark: Mark, version?: string): string {
  const { service, stack, stackId, vmid } = mark;
  // A line break in the version note would split the mark in two.
  const note = (version ?? "").replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
  const named = note === "" ? service : `${service} ${note}`;
  return `${named}, made by NixMox (stack ${stack}, ${stackId}, id ${vmid})`;
}

/**
 * The mark in a description; none if there is no line that {@link describeGuest} could have
 * written, or more than one. Other lines are people's own.
 */
export function readMark(description: string | undefined): Mark | undefined {
  const plain = marksIn(description ?? "");
  const marks = plain.length > 0 ? plain : marksIn(decode(description ?? ""));
  return marks.length === 1 ? marks[0] : undefined;
}

function marksIn(text: string): Mark[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const { groups } = MARK.exec(line.trim()) ?? {};
    if (groups === undefined) return [];
    const { service = "", stack = "", stackId = "", vmid } = groups;
    return [{ service, stack, stackId, vmid: Number(vmid) }];
  });
}

export function sameMark(a: Mark, b: Mark): boolean {
  return a.service === b.service && a.stackId === b.stackId && a.vmid === b.vmid;
}

/** Proxmox VE keeps a description URL-encoded, and not all of its answers decode it. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
