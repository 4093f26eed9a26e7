import { type Fault, splitWords, type Word } from "./words";

/** A line of a Caddyfile, and the block that it opens. */
export interface Statement {
  readonly line: number;
  readonly words: readonly Word[];
  readonly block?: readonly Statement[];
  /** The braces around the block, as places in the text. */
  readonly braces?: readonly [open: number, close: number];
}

/** Reads the inside of a block of a Caddyfile. It may not close the block that it is in. */
export function readStatements(text: string): {
  readonly statements: readonly Statement[];
  readonly faults: readonly Fault[];
} {
  const { words, faults } = splitWords(text);
  if (faults.length > 0) return { statements: [], faults };
  const reader = new Reader(byLine(words));
  return { statements: reader.block(), faults: reader.faults };
}

function byLine(words: readonly Word[]): Word[][] {
  const lines: Word[][] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last?.at(-1)?.endLine === word.line) last.push(word);
    else lines.push([word]);
  }
  return lines;
}

const maxDepth = 16;

class Reader {
  readonly faults: Fault[] = [];
  private next = 0;
  private depth = 0;
  private closed = 0;

  constructor(private readonly lines: readonly Word[][]) {}

  /** The statements up to the end of a block, or of the text. */
  block(opened?: number): Statement[] {
    const statements: Statement[] = [];
    for (let words = this.take(); words !== undefined; words = this.take()) {
      const { line } = words[0]!;
      const isClosing = words.length === 1 && words[0]!.text === "}";
      if (isClosing && opened !== undefined) {
        this.closed = words[0]!.span[0];
        return statements;
      }
      if (isClosing) this.fault(line, "a } that closes nothing of its own");
      else statements.push(this.statement(words, line));
    }
    if (opened !== undefined) this.fault(opened, "a { that is not closed");
    return statements;
  }

  private statement(words: readonly Word[], line: number): Statement {
    const opens = words.length > 1 && words.at(-1)!.text === "{";
    const own = opens ? words.slice(0, -1) : words;
    if (own.some(({ text }) => text === "{" || text === "}")) {
      this.fault(line, "a brace that is neither alone nor at the end of its line");
    }
    if (!opens) return { line, words: own };
    if (this.depth === maxDepth) {
      this.fault(line, `a block in ${maxDepth} others`);
      this.next = this.lines.length;
      return { line, words: own };
    }
    this.depth++;
    const block = this.block(line);
    this.depth--;
    return { line, words: own, block, braces: [words.at(-1)!.span[0], this.closed] };
  }

  private take(): Word[] | undefined {
    return this.lines[this.next++];
  }

  private fault(line: number, what: string): void {
    this.faults.push({ line, what });
  }
}
