const began = Date.now();

/** Says what happens next, and how long it took to get there. */
export function step(what: string): void {
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(`[${String(seconds).padStart(3)} s] ${what}`);
}
