import { didYouMean } from "../didYouMean";
import {
  directives,
  fileDirectives,
  fileOptions,
  matchers,
  nestingDirectives,
  proxyDirectives,
  proxyOptions,
  reservedVariables,
  transportOptions,
} from "./directives";
import { readStatements, type Statement } from "./statements";
import type { Fault, Word } from "./words";

/** What belongs to a route. */
export interface Site {
  readonly domain: string | undefined;
  /** Addresses and ports that requests may be passed to. */
  readonly upstreams: readonly string[];
  /** Whether the route names the folder of its files outside of its directives. */
  readonly hasRoot?: boolean;
}

/**
 * Where Caddy directives leave the route that they are written for, as far as the text shows it. The
 * proxy has the last word: it looks at what Caddy makes of them (`nixos/modules/caddy/route-site.jq`).
 */
export function findFaults(text: string, site: Site): readonly Fault[] {
  const { statements, faults } = readStatements(text);
  return faults.length > 0
    ? faults
    : new Inspector(site).inspect(statements, site.hasRoot === true);
}

class Inspector {
  constructor(private readonly site: Site) {}

  /** `rooted` says whether the folder of files is known where the block begins. */
  inspect(block: readonly Statement[] = [], rooted: boolean): Fault[] {
    const known = rooted || block.some(setsRoot);
    return block.flatMap((statement) => [
      ...this.placeholders(statement),
      ...this.directive(statement, known),
    ]);
  }

  private directive(statement: Statement, rooted: boolean): Fault[] {
    const { line, words, block } = statement;
    const name = words[0]!.text;
    const args = argumentsOf(words);
    if (name.startsWith("@")) return this.matcher(statement, words.slice(1), rooted);
    const unknown = notAmong("the directive", directives)(statement);
    if (unknown.length > 0) return unknown;
    const needsRoot = isOneOf(fileDirectives, name) && !rooted && !block?.some(isOption("root"));
    return [
      ...(needsRoot ? [{ line, what: `${name} without a root` }] : []),
      ...(isOneOf(nestingDirectives, name) ? this.inspect(block, rooted) : []),
      ...(isOneOf(proxyDirectives, name) ? this.proxy(statement, args, rooted) : []),
      ...(name === "root" ? folder(line, args.at(-1)) : []),
      ...(name === "file_server" ? fileServer(statement, args) : []),
      ...(name === "vars" ? variables(statement, args) : []),
      ...(name === "map" ? destinations(line, args.slice(1)) : []),
    ];
  }

  private matcher({ line, block }: Statement, words: readonly Word[], rooted: boolean): Fault[] {
    const lines = block ?? (words.length > 0 ? [{ line, words }] : []);
    return lines.flatMap((statement) => {
      const [first, ...rest] = statement.words;
      if (first!.quoted) return [{ line: statement.line, what: "an expression" }];
      const args = rest.map(({ text }) => text);
      const { text: name } = first!;
      const foreign = args.filter((host) => name === "host" && host !== this.site.domain);
      const roots = (statement.block ?? []).filter(isOption("root"));
      return [
        ...notAmong("the matcher", matchers)(statement),
        ...foreign.map((host) => ({ line: statement.line, what: `the host ${host}` })),
        ...(name === "not" ? this.matcher(statement, rest, rooted) : []),
        ...(name === "file" && roots.length === 0 && !rooted
          ? [{ line: statement.line, what: "a file matcher without a root" }]
          : []),
        ...roots.flatMap((each) => folder(each.line, each.words[1]?.text)),
      ];
    });
  }

  private proxy(statement: Statement, args: readonly string[], rooted: boolean): Fault[] {
    const options = (statement.block ?? []).filter(({ words }) => !words[0]!.text.startsWith("@"));
    return [
      ...this.upstreams(statement.line, args),
      ...options.flatMap((option) => {
        const [name, ...rest] = option.words.map(({ text }) => text);
        return [
          ...notAmong("the option", proxyOptions)(option),
          ...(name === "to" ? this.upstreams(option.line, rest) : []),
          ...(name === "handle_response" ? this.inspect(option.block, rooted) : []),
          ...(name === "root" ? folder(option.line, rest[0]) : []),
          ...(name === "transport" ? transport(option, rest[0]) : []),
        ];
      }),
    ];
  }

  private upstreams(line: number, addresses: readonly string[]): Fault[] {
    return addresses
      .filter((each) => !this.site.upstreams.includes(each.replace(/^(https?|h2c):\/\//, "")))
      .map((each) => ({ line, what: `the upstream ${each}` }));
  }

  private placeholders({ line, words, block = [] }: Statement): Fault[] {
    const foreign = words.flatMap(({ text }) => foreignPlaceholders(text));
    return [
      ...foreign.map((name) => ({ line, what: `the placeholder {${name}}` })),
      // Directives inside are looked at by themselves.
      ...(isOneOf(nestingDirectives, words[0]!.text)
        ? []
        : block.flatMap((each) => this.placeholders(each))),
    ];
  }
}

/** Placeholders that are about the request or the time; those without a dot are a route's own. */
const placeholder =
  /^([A-Za-z_][A-Za-z0-9_-]*|time\.[a-z_.]+|(http\.(request|vars|regexp|error|matchers|reverse_proxy|auth\.user)|header|query|path|cookie|re|rp|err|vars|labels|file_match)\..+)$/;

/** The placeholders in a text that are about anything but the request. */
export function foreignPlaceholders(text: string): string[] {
  const found = [...text.matchAll(/\{([A-Za-z_$][^{}]*)/g)];
  return found.map(([, name]) => name!).filter((name) => !placeholder.test(name));
}

/** The words after a directive and its matcher. */
function argumentsOf(words: readonly Word[]): string[] {
  const args = words.slice(1).map(({ text }) => text);
  return words.length > 1 && /^[/@*]/.test(args[0]!) && !isOnlyArgument(words)
    ? args.slice(1)
    : args;
}

/** `root /srv/notes`, which has no matcher. */
function isOnlyArgument(words: readonly Word[]): boolean {
  return words[0]!.text === "root" && words.length === 2;
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function isOption(name: string): (statement: Statement) => boolean {
  return ({ words }) => words[0]!.text === name;
}

/** Whether a statement names the folder of files for every request. */
function setsRoot({ words }: Statement): boolean {
  const [name, first] = words.map(({ text }) => text);
  return name === "root" && (words.length === 2 || first === "*");
}

function notAmong(what: string, known: readonly string[]): (statement: Statement) => Fault[] {
  return ({ line, words }) => {
    const { text, quoted } = words[0]!;
    if (known.includes(text)) return [];
    const hint = quoted ? "" : didYouMean(text, known);
    return [{ line, what: `${what} ${text}${hint && ` (${hint.trim()})`}` }];
  };
}

function folder(line: number, path = ""): Fault[] {
  return /^\/(srv|var\/www)(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\/?$/.test(path)
    ? []
    : [{ line, what: `files at ${path}, which is no folder below /srv or /var/www` }];
}

function fileServer({ line, block = [] }: Statement, args: readonly string[]): Fault[] {
  const foreign = args.filter((each) => each !== "browse");
  return [
    ...foreign.map((each) => ({ line, what: `${each} after file_server` })),
    ...block.flatMap(notAmong("the option", fileOptions)),
    ...block.flatMap(({ line: at, words, block: inner }) => {
      const [name, ...rest] = words.map(({ text }) => text);
      if (name === "root") return folder(at, rest[0]);
      const isPath = name === "index" && rest.some((each) => each.includes("/"));
      const isTemplate = name === "browse" && (rest.length > 0 || inner !== undefined);
      return isPath || isTemplate ? [{ line: at, what: `a file after ${name}` }] : [];
    }),
  ];
}

function transport({ line, block = [] }: Statement, protocol = ""): Fault[] {
  return [
    ...(isOneOf(["http", "fastcgi"], protocol) ? [] : [{ line, what: `transport ${protocol}` }]),
    ...block.flatMap(notAmong("the option", transportOptions)),
  ];
}

function variables({ line, words, block = [] }: Statement, args: readonly string[]): Fault[] {
  const pairs = [
    ...(args.length > 0 ? [{ line, name: args[0]!, value: args[1] }] : []),
    ...block.map((each) => {
      const [name, value] = each.words.map(({ text }) => text);
      return { line: each.line, name: name!, value };
    }),
  ];
  if (pairs.length === 0) return [{ line, what: `${words[0]!.text} without a name` }];
  return pairs.flatMap(({ line: at, name, value }) => {
    if (name === "root") return folder(at, value);
    const isOwn = /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) && !isOneOf(reservedVariables, name);
    return isOwn ? [] : [{ line: at, what: `the variable ${name}` }];
  });
}

function destinations(line: number, names: readonly string[]): Fault[] {
  return names
    .filter((name) => !/^\{[A-Za-z_][A-Za-z0-9_-]*\}$/.test(name))
    .map((name) => ({ line, what: `the map to ${name}` }));
}
