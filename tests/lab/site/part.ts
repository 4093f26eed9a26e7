import type { Additions, Homelab } from "../homelab/homelab";

/** What one subject adds to the manifest of a grown homelab, and what must then be so. */
export interface SitePart extends Additions {
  readonly name: string;
  /** Runs once before the deployment, as for a server that stands for something outside. */
  readonly prepare?: (lab: Homelab) => void | Promise<void>;
  /** Runs once after all tests, and undoes `prepare`. */
  readonly restore?: (lab: Homelab) => void | Promise<void>;
  /** Declares the tests. */
  readonly describe: (lab: () => Homelab) => void;
}
