import { nestingDirectives, proxyDirectives } from "./directives";
import { readStatements, type Statement } from "./statements";

/** What an operation of a `header` directive does to the fields that its pattern names. */
interface Operation {
  readonly pattern: string;
  /** Whether it applies only where no one else has said anything. */
  readonly isDefault: boolean;
}

/** Directives about one response header, which a route's own ones may override. */
export interface HeaderLines {
  readonly name: string;
  readonly lines: readonly string[];
}

/** The result of putting directives about headers among a route's own ones. */
export interface Woven {
  /** The directives of the route. */
  readonly lines: readonly string[];
  /** What comes before them, around all that they do. */
  readonly outside: readonly HeaderLines[];
}

/** Whether directives say anything about a response header. */
export function mentionsHeader(text: string, name: string): boolean {
  return mentions(readStatements(text).statements, name);
}

/**
 * Puts directives about headers where those of a route have the last word. Caddy applies what is
 * deferred from the inside out once there is an answer, so what may be overridden has to be inside, and
 * every `header` directive of the route is deferred: an application's header would otherwise be sent
 * beside it.
 */
export function weaveHeaders(text: string, additions: readonly HeaderLines[]): Woven {
  const { statements, faults } = readStatements(text);
  const known = faults.length > 0 ? [] : statements;
  const isOutside = ({ name }: HeaderLines) => {
    const found = operationsOn(known, name);
    return found.length > 0 && found.every(({ isDefault }) => isDefault);
  };
  const weaver = new Weaver(text);
  const inside = additions.filter(
    (each) => !isOutside(each) && !mentions(responsesIn(known), each.name),
  );
  weaver.block(known, text.length, false, inside);
  return {
    lines: weaver.result().split("\n"),
    outside: additions.filter(isOutside),
  };
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

class Weaver {
  private readonly edits: Edit[] = [];

  constructor(private readonly text: string) {}

  result(): string {
    // What is inserted at one place stays in its order.
    return this.edits
      .map((edit, i) => ({ ...edit, i }))
      .sort((a, b) => b.from - a.from || b.i - a.i)
      .reduce(
        (text, { from, to, text: by }) => text.slice(0, from) + by + text.slice(to),
        this.text,
      );
  }

  /** `isLiteral` says whether directives run as they are written, which they do in `route` alone. */
  block(
    statements: readonly Statement[],
    end: number,
    isLiteral: boolean,
    additions: readonly HeaderLines[],
  ): void {
    this.defer(statements, isLiteral);
    const start = statements[0]?.words[0]!.span[0] ?? end;
    for (const addition of additions) {
      const touching = statements.filter((each) => mentions([each], addition.name));
      const last = touching.at(-1);
      const lines = addition.lines.join("\n");
      if (isLiteral) this.insert(last ? endOf(last) : start, lines);
      // Blocks answer before what follows here, which must not be around them.
      else this.insert(end, touching.some(isNesting) ? `route {\n${lines}\n}` : lines);
    }
    for (const [i, each] of statements.entries()) {
      if (!isNesting(each) || !each.braces) continue;
      const inner = additions.filter(({ name }) => {
        const last = statements.findLastIndex((other) => mentions([other], name));
        return isLiteral
          ? i <= last
          : statements.some((other) => isNesting(other) && mentions([other], name));
      });
      this.block(each.block!, each.braces[1], each.words[0]!.text === "route", inner);
    }
    for (const each of statements.filter(isProxy)) {
      for (const option of (each.block ?? []).filter(isResponse)) {
        this.block(option.block!, option.braces![1], false, []);
      }
    }
  }

  /** Deferred operations run in reverse, so that the last one that is written still decides. */
  private defer(statements: readonly Statement[], isLiteral: boolean): void {
    const own = statements.filter((each) => operationsOf(each).some(({ isDefault }) => !isDefault));
    for (const run of isLiteral ? adjacent(own, statements) : [own]) {
      const texts = run.map((each) => this.deferred(each)).reverse();
      run.forEach((each, i) => this.edits.push({ ...spanOf(each), text: texts[i]! }));
    }
  }

  private deferred(statement: Statement): string {
    const { words, block = [], braces } = statement;
    const slice = (from: number, to: number) => this.text.slice(from, to);
    const [start] = words[0]!.span;
    if (braces) {
      const isDeferred = block.some((each) => each.words[0]!.text === "defer");
      const inner = slice(braces[0] + 1, braces[1]).replace(/^(\s*)>(?=\w)/gm, "$1");
      return `${slice(start, braces[0] + 1)}${isDeferred ? "" : "\n\tdefer"}${inner}}`;
    }
    const fields = words.slice(hasMatcher(statement) ? 2 : 1);
    const [from, to] = [fields[0]!.span[0], words.at(-1)!.span[1]];
    return `${slice(start, from)}{\n\t${slice(from, to).replace(/^>/, "")}\n\tdefer\n}`;
  }

  private insert(at: number, text: string): void {
    this.edits.push({ from: at, to: at, text: `\n${text}\n` });
  }
}

function spanOf(statement: Statement): { from: number; to: number } {
  return { from: statement.words[0]!.span[0], to: endOf(statement) };
}

function endOf({ words, braces }: Statement): number {
  return braces ? braces[1] + 1 : words.at(-1)!.span[1];
}

/** Some statements of a block, in groups that nothing comes between. */
function adjacent(some: readonly Statement[], all: readonly Statement[]): Statement[][] {
  const runs: Statement[][] = [];
  for (const each of some) {
    const run = runs.at(-1);
    if (run && all.indexOf(each) === all.indexOf(run.at(-1)!) + 1) run.push(each);
    else runs.push([each]);
  }
  return runs;
}

function isNesting({ words, block }: Statement): boolean {
  return block !== undefined && (nestingDirectives as readonly string[]).includes(words[0]!.text);
}

function isProxy({ words }: Statement): boolean {
  return (proxyDirectives as readonly string[]).includes(words[0]!.text);
}

function isResponse({ words, block }: Statement): boolean {
  return block !== undefined && words[0]!.text === "handle_response";
}

/** What routes do with the answers of those that they pass requests to. */
function responsesIn(statements: readonly Statement[]): Statement[] {
  return statements.flatMap((each) => {
    if (isNesting(each)) return responsesIn(each.block!);
    const responses = isProxy(each) ? (each.block ?? []).filter(isResponse) : [];
    return responses.flatMap(({ block = [] }) => [...block, ...responsesIn(block)]);
  });
}

function mentions(statements: readonly Statement[], name: string): boolean {
  return operationsOn(statements, name).length > 0;
}

function operationsOn(statements: readonly Statement[], name: string): Operation[] {
  const inside = [...statements, ...responsesIn(statements)].flatMap((each): Operation[] =>
    isNesting(each) ? operationsOn(each.block!, name) : operationsOf(each),
  );
  return inside.filter(({ pattern }) => matches(pattern, name.toLowerCase()));
}

/** `X-*`, `*-Options` and `*Frame*`, as Caddy compares what is removed. */
function matches(pattern: string, name: string): boolean {
  const part = pattern.replace(/^\*|\*$/g, "");
  if (pattern.length > 1 && pattern.startsWith("*") && pattern.endsWith("*"))
    return name.includes(part);
  if (pattern.startsWith("*")) return name.endsWith(part);
  return pattern.endsWith("*") ? name.startsWith(part) : name === pattern;
}

function operationsOf(statement: Statement): Operation[] {
  const { words, block } = statement;
  if (words[0]!.text !== "header") return [];
  const fields = block
    ? block.map((each) => each.words[0]!.text).filter((field) => field !== "defer")
    : words
        .slice(hasMatcher(statement) ? 2 : 1, hasMatcher(statement) ? 3 : 2)
        .map(({ text }) => text);
  return fields.map((field) => ({
    pattern: field
      .replace(/^[?+>-]/, "")
      .replace(/:$/, "")
      .toLowerCase(),
    isDefault: field.startsWith("?"),
  }));
}

function hasMatcher({ words }: Statement): boolean {
  return words.length > 1 && /^[/@*]/.test(words[1]!.text);
}
