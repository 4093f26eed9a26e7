const SECONDS: Readonly<Record<string, number>> = {
  weeks: 604_800,
  days: 86_400,
  hours: 3_600,
  minutes: 60,
  seconds: 1,
};

/** Whether a text is a time as Authentik writes it: `hours=1;minutes=30`. */
export function isDuration(text: string): boolean {
  return text.split(";").every((part) => {
    const [unit = "", amount = ""] = part.split("=");
    return unit in SECONDS && /^\d+(\.\d+)?$/.test(amount);
  });
}

/** The seconds of a time as Authentik writes it. */
export function secondsOf(text: string): number {
  return text.split(";").reduce((sum, part) => {
    const [unit = "", amount = ""] = part.split("=");
    return sum + (SECONDS[unit] ?? 0) * Number(amount);
  }, 0);
}
