import type { Pulumi } from "../pulumi";

/** What `pulumi preview --json` prints, as far as it is read here. Secrets are masked in it. */
export interface Preview {
  readonly steps?: readonly PreviewStep[];
  readonly diagnostics?: readonly Diagnostic[];
}

export interface PreviewStep {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: PreviewState;
  readonly newState?: PreviewState;
  readonly replaceReasons?: readonly string[] | null;
  readonly diffReasons?: readonly string[] | null;
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

export interface PreviewState {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  readonly protect?: boolean;
  /** The container on whose host a command runs. */
  readonly deletedWith?: string;
  readonly inputs?: Values;
  readonly outputs?: Values;
}

export type Values = Readonly<Record<string, unknown>>;

interface Diagnostic {
  readonly urn?: string;
  readonly message?: string;
  readonly severity?: string;
}

/** Says of a reason whether something is there for the first or the last time. */
export function newOrGone({ op }: PreviewStep): string {
  return op === "create" ? "new: " : op === "delete" ? "gone: " : "";
}

/** Whether what a command reads has changed, which is masked where it is secret. */
export function isWritten({ detailedDiff, diffReasons }: PreviewStep): boolean {
  return [...Object.keys(detailedDiff ?? {}), ...(diffReasons ?? [])].some((path) =>
    path.startsWith("stdin"),
  );
}

/** Asks the engine what an update would do. It also says so, with errors, where that is refused. */
export async function previewStack(pulumi: Pulumi, stack: string): Promise<Preview> {
  const args = ["preview", "--stack", stack, "--json", "--show-sames"];
  const { exitCode, stdout, stderr } = await pulumi.attempt(args);
  const preview = parse(stdout);
  if (preview) return exitCode === 0 ? preview : withError(preview, stderr);
  throw new Error(
    `Unable to preview the stack ${stack}: ${stderr.trim() || "Pulumi printed no plan"}`,
  );
}

function parse(text: string): Preview | undefined {
  try {
    return JSON.parse(text) as Preview;
  } catch {
    return undefined;
  }
}

/** A refused preview has an error in its plan, whatever the engine wrote where. */
function withError(preview: Preview, stderr: string): Preview {
  const diagnostics = preview.diagnostics ?? [];
  if (diagnostics.some(({ severity }) => severity === "error")) return preview;
  const message = stderr.trim() || "Pulumi refused the preview and did not say why.";
  return { ...preview, diagnostics: [...diagnostics, { message, severity: "error" }] };
}

/** What tells people nothing. */
const chatter = /^Undefined value \(\w+\) will not show as a stack output\.$|^preview failed$/;

/** What the engine and the program said, of one severity, each once. */
export function messagesOf({ diagnostics = [] }: Preview, severity: "error" | "warning"): string[] {
  const said = diagnostics
    .filter((each) => each.severity === severity)
    .map(({ message = "" }) => message.replace(/^(error|warning): /, "").trim());
  const all = [...new Set(said)].filter((message) => message !== "");
  const telling = all.filter((message) => !chatter.test(message));
  // A refusal stays one, even if that is all that is said of it.
  return telling.length === 0 && severity === "error" ? all : telling;
}
