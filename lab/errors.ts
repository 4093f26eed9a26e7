/** The lab can't do what was asked. The message says why and what to do. */
export class LabError extends Error {}
