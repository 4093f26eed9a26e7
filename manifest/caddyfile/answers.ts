import { proxyDirectives } from "./directives";
import { readStatements, type Statement } from "./statements";

/** Directives after which nothing else of a route is reached. */
const terminal = ["abort", "error", "php_fastcgi", "redir", "respond", "reverse_proxy"];

/** What a route's own directives do with every request that reaches them. */
export interface Answers {
  /** The directive that answers every request, so that none is left to pass on. */
  readonly directive?: string | undefined;
  /** Where requests are passed to, as address:port. */
  readonly upstreams: readonly string[];
}

/** Who answers a route's requests, as far as its own directives say. */
export function answersOf(text: string): Answers {
  const { statements, faults } = readStatements(text);
  if (faults.length > 0) return { upstreams: [] };
  return {
    directive: terminalOf(statements),
    upstreams: [...new Set(upstreamsOf(statements))],
  };
}

/** The first directive among some that leaves no request to others. */
function terminalOf(block: readonly Statement[]): string | undefined {
  return block
    .filter(({ words }) => !isLimited(words.map(({ text }) => text)))
    .map(({ words, block: inner = [] }) => {
      const [name, ...options] = [words[0]!.text, ...inner.map((each) => each.words[0]!.text)];
      if (["handle", "handle_path", "route"].includes(name)) return terminalOf(inner);
      if (name === "file_server") return options.includes("pass_thru") ? undefined : name;
      return terminal.includes(name) ? name : undefined;
    })
    .find((name) => name !== undefined);
}

/** Whether a directive has a matcher other than `*`, which stands for every request. */
function isLimited([name, first]: readonly string[]): boolean {
  return (
    name!.startsWith("@") || (first !== undefined && /^(@|\/|\*.)/.test(first) && first !== "/*")
  );
}

function upstreamsOf(block: readonly Statement[]): string[] {
  return block.flatMap(({ words, block: inner = [] }) => {
    const [name, ...args] = words.map(({ text }) => text);
    const isProxy = (proxyDirectives as readonly string[]).includes(name!);
    const named = isProxy || name === "to" ? args : [];
    return [
      ...named.map((each) => each.replace(/^(https?|h2c):\/\//, "")).filter(isAddress),
      ...upstreamsOf(inner),
    ];
  });
}

function isAddress(text: string): boolean {
  return /^[a-z0-9.-]+:[0-9]+$/i.test(text);
}
