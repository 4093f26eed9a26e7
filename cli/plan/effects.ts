/** What people notice of a change, from the least to the most. */
export const effects = {
  nothing: "nobody notices",
  reload: "a daemon reads its configuration again, without an interruption",
  changes: "resources change of which the plan does not know what people notice",
  restart: "an interruption of seconds, while something restarts",
  rebuild: "a new system is built and switched to, and what changed in it restarts",
  create: "a new service",
  remove: "the service goes, and held no data",
  replace: "the container is made again, and held no data",
  "data at risk": "data is lost, or out of reach",
} as const;

export type Effect = keyof typeof effects;

const order = Object.keys(effects) as Effect[];

/** Less than zero if the first is noticed less. */
export function compareEffects(a: Effect, b: Effect): number {
  return order.indexOf(a) - order.indexOf(b);
}

/** What is noticed most. */
export function strongest(all: readonly Effect[]): Effect {
  return [...all].sort(compareEffects).at(-1) ?? "nothing";
}

/** What one resource's change means for the people who use one service. */
export interface Consequence {
  readonly service: string;
  readonly effect: Effect;
  /** The keys of the manifest, or the settings, that it comes from; nothing if it only follows. */
  readonly why: readonly string[];
}
