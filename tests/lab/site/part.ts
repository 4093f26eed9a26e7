import type { Homelab } from "../homelab/homelab";

/** What one subject adds to the manifest of a grown homelab, and what must then be so. */
export interface SitePart {
  readonly name: string;
  /** Lines of the manifest's table `[network]`. */
  readonly network?: string;
  /** Text at the end of the manifest. */
  readonly manifest?: string;
  /** Files of `nixos/hosts`, by name. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Settings of the stack, as YAML, by key. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Runs once before the deployment, as for a server that stands for something outside. */
  readonly prepare?: (lab: Homelab) => void | Promise<void>;
  /** Runs once after all tests, and undoes `prepare`. */
  readonly restore?: (lab: Homelab) => void | Promise<void>;
  /** Declares the tests. */
  readonly describe: (lab: () => Homelab) => void;
}
