import { visible } from "../../manifest/visible";
import { align } from "../table";
import { compareEffects, type Effect, effects } from "./effects";
import type { Plan, ServicePlan } from "./plan";

const colors: Readonly<Partial<Record<Effect, number>>> = {
  nothing: 2,
  create: 32,
  reload: 36,
  changes: 33,
  restart: 33,
  rebuild: 33,
  remove: 31,
  replace: 31,
  "data at risk": 31,
};

/** The plan as a table for people, with colours where a terminal shows them. */
export function renderTable(plan: Plan, { color = false } = {}): string {
  const rows = plan.services.map(({ name, effect, why }) => [
    visible(name),
    effect,
    visible(why.join("; ") || "-"),
  ]);
  const [head, ...lines] = align([["service", "what happens", "why"], ...rows]);
  const painted = lines.map((line, i) => (color ? paint(line, plan.services[i]!.effect) : line));
  return [head!, ...painted, "", ...legend(plan), summary(plan)].join("\n");
}

function paint(line: string, effect: Effect): string {
  return `\u001b[${colors[effect]}m${line}\u001b[0m`;
}

/** The plan as a comment on a pull request. */
export function renderMarkdown(plan: Plan): string {
  const rows = plan.services.map(({ name, effect, why }) =>
    [cell(name), mark(effect), why.map(code).join("<br>") || "-"].join(" | "),
  );
  return [
    `### Plan for \`${plan.stack}\``,
    "",
    ...(rows.length > 0
      ? [
          "| service | what happens | why |",
          "| --- | --- | --- |",
          ...rows.map((r) => `| ${r} |`),
          "",
        ]
      : []),
    ...legend(plan),
    summary(plan),
    ...(plan.errors.length > 0 ? ["", "```text", ...plan.errors.map(fenced), "```"] : []),
    "",
  ].join("\n");
}

function mark(effect: Effect): string {
  return compareEffects(effect, "remove") >= 0 ? `**${effect}**` : effect;
}

/** Text of a contributor is no Markdown. */
function cell(text: string): string {
  return visible(text).replace(
    /[\\`*_[\]<>|~#@&!]/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}

function code(text: string): string {
  return `<code>${cell(text)}</code>`;
}

function fenced(text: string): string {
  return text.split("\n").map(visible).join("\n").replaceAll("```", "'''");
}

function legend({ services }: Plan): string[] {
  const present = [...new Set(services.map(({ effect }) => effect))].sort(compareEffects).reverse();
  const lines = present.filter((each) => each !== "nothing").map((e) => `${e}: ${effects[e]}.`);
  return lines.length > 0 ? [...lines, ""] : [];
}

function summary({ changes, services, errors }: Plan): string {
  if (errors.length > 0) return "The update would be refused.";
  if (!changes) return "Nothing changes.";
  const touched = services.filter((each) => !isUntouched(each)).length;
  const others = services.length - touched;
  const rest =
    others === 1
      ? "; the other one stays as it is"
      : others > 1
        ? `; the other ${others} stay as they are`
        : "";
  return `${touched} of ${services.length} services change${rest}.`;
}

function isUntouched({ effect, resources }: ServicePlan): boolean {
  return effect === "nothing" && Object.values(resources).every((number) => number === 0);
}
