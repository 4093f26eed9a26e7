import type { Group, Json, JsonObject, User } from "./model";

/** Who a mapping is evaluated for: the user, their groups, and those with the groups above them. */
export interface Subject {
  readonly user: User;
  readonly groups: readonly Group[];
  readonly allGroups: readonly Group[];
}

/** An expression that this stand-in does not evaluate. */
export class ExpressionError extends Error {}

type Node =
  | { readonly type: "value"; readonly value: Json }
  | { readonly type: "attribute"; readonly name: (typeof ATTRIBUTES)[number] }
  | { readonly type: "groups"; readonly all: boolean }
  | { readonly type: "member"; readonly group: string }
  | { readonly type: "if"; readonly then: Node; readonly test: Node; readonly otherwise: Node }
  | { readonly type: "list"; readonly items: readonly Node[] }
  | { readonly type: "dict"; readonly entries: readonly (readonly [string, Node])[] };

const ATTRIBUTES = ["username", "email", "name", "uid", "uuid", "pk", "is_superuser"] as const;

const TOKEN =
  /\s*(?:#[^\n]*\s*)*(?:("(?:[^"\\\n]|\\["\\])*"|'(?:[^'\\\n]|\\['\\])*')|(-?\d+(?:\.\d+)?)|([A-Za-z_]\w*)|([{}[\]():,.=]))/y;
const GROUPS = /^(?:request\.)?user\.(?:(?:ak_groups|groups)\.all|all_groups)$/;

/** The parts of Python that property mappings of NixMox, and Authentik's own, are written in. */
class Parser {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(readonly source: string) {
    TOKEN.lastIndex = 0;
    const end = source.replace(/(?:\s|#[^\n]*(?:\n|$))*$/, "").length;
    while (TOKEN.lastIndex < end) {
      const from = TOKEN.lastIndex;
      const match = TOKEN.exec(source);
      if (!match) throw this.#refusal(source.slice(from).trim().split("\n")[0]!);
      this.#tokens.push(match[0].replace(/^(?:\s|#[^\n]*\n)*/, ""));
    }
  }

  parse(): Node {
    if (this.#peek() === "return") this.#at++;
    const node = this.#expression();
    if (this.#peek() !== undefined) throw this.#refusal(this.#peek()!);
    return node;
  }

  #refusal(what: string): ExpressionError {
    return new ExpressionError(
      `Unable to evaluate the expression: the lab's Authentik does not know ${JSON.stringify(what)}. ` +
        "It evaluates dicts and lists of literals, of the user's attributes and of their groups' names.",
    );
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(expected?: string): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#refusal("the end of the text here");
    if (expected !== undefined && token !== expected) throw this.#refusal(token);
    return token;
  }

  #expression(): Node {
    const then = this.#simple();
    if (this.#peek() !== "if") return then;
    this.#at++;
    const test = this.#simple();
    this.#take("else");
    return { type: "if", then, test, otherwise: this.#expression() };
  }

  #simple(): Node {
    const token = this.#take();
    if (token === "{") return this.#dict();
    if (token === "[") return this.#list();
    if (token === "True" || token === "False") return { type: "value", value: token === "True" };
    if (token === "None") return { type: "value", value: null };
    if (/^["']/.test(token)) return { type: "value", value: textOf(token) };
    if (/^-?\d/.test(token)) return { type: "value", value: Number(token) };
    if (token === "ak_is_group_member") return this.#member();
    return this.#path(token);
  }

  /** `request.user.email`, or `request.user.ak_groups.all()` where a list may be. */
  #dotted(first: string): string {
    let path = first;
    while (this.#peek() === ".") {
      this.#at++;
      path += `.${this.#take()}`;
    }
    return path;
  }

  #path(first: string): Node {
    const path = this.#dotted(first);
    const name = ATTRIBUTES.find((each) => path.replace(/^request\./, "") === `user.${each}`);
    if (!name) throw this.#refusal(path);
    return { type: "attribute", name };
  }

  #dict(): Node {
    const entries: [string, Node][] = [];
    while (this.#peek() !== "}") {
      const key = this.#take();
      if (!/^["']/.test(key)) throw this.#refusal(key);
      this.#take(":");
      entries.push([textOf(key), this.#expression()]);
      if (this.#peek() !== "}") this.#take(",");
    }
    this.#take("}");
    return { type: "dict", entries };
  }

  #list(): Node {
    const [name, dot, attribute, word] = this.#tokens.slice(this.#at);
    if (dot === "." && attribute === "name" && word === "for") {
      this.#at += 4;
      this.#take(name);
      this.#take("in");
      const path = this.#dotted(this.#take());
      if (!GROUPS.test(path)) throw this.#refusal(path);
      for (const each of ["(", ")", "]"]) this.#take(each);
      return { type: "groups", all: path.endsWith("all_groups") };
    }
    const items: Node[] = [];
    while (this.#peek() !== "]") {
      items.push(this.#expression());
      if (this.#peek() !== "]") this.#take(",");
    }
    this.#take("]");
    return { type: "list", items };
  }

  #member(): Node {
    this.#take("(");
    const user = this.#dotted(this.#take());
    if (!/^(request\.)?user$/.test(user)) throw this.#refusal(user);
    for (const each of [",", "name", "="]) this.#take(each);
    const group = this.#take();
    if (!/^["']/.test(group)) throw this.#refusal(group);
    this.#take(")");
    return { type: "member", group: textOf(group) };
  }
}

const textOf = (token: string): string => token.slice(1, -1).replace(/\\(.)/g, "$1");

function valueOf(node: Node, subject: Subject): Json {
  switch (node.type) {
    case "value":
      return node.value;
    case "attribute":
      return attributeOf(node.name, subject);
    case "groups":
      return (node.all ? subject.allGroups : subject.groups).map(({ name }) => name);
    case "member":
      return subject.allGroups.some(({ name }) => name === node.group);
    case "if":
      return valueOf(truthy(valueOf(node.test, subject)) ? node.then : node.otherwise, subject);
    case "list":
      return node.items.map((item) => valueOf(item, subject));
    case "dict":
      return Object.fromEntries(node.entries.map(([key, item]) => [key, valueOf(item, subject)]));
  }
}

function attributeOf(name: (typeof ATTRIBUTES)[number], { user, allGroups }: Subject): Json {
  if (name === "is_superuser") return allGroups.some((group) => group.is_superuser);
  return user[name];
}

const truthy = (value: Json): boolean =>
  typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);

/** Checks a mapping's expression; throws {@link ExpressionError}. */
export function checkExpression(source: string): void {
  new Parser(source).parse();
}

/** The names of the claims that a mapping gives. */
export function claimNames(source: string): string[] {
  const node = new Parser(source).parse();
  return node.type === "dict" ? node.entries.map(([key]) => key) : [];
}

/** The claims that a mapping gives for a user. */
export function evaluateExpression(source: string, subject: Subject): JsonObject {
  const value = valueOf(new Parser(source).parse(), subject);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
