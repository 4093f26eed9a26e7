/**
 * Characters that a terminal obeys, or that are not seen: control characters and escape sequences,
 * marks that reorder text, line separators, characters without a width, unusual spaces.
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u;
const ALL_HIDDEN = new RegExp(HIDDEN, "gu");

/** The first hidden character of a text; none if what people see is all there is. */
export function hiddenIn(text: string): string | undefined {
  return isPlain(text) ? undefined : HIDDEN.exec(text)?.[0];
}

/** A text in which every hidden character is written as an escape such as `\u{1b}`. */
export function visible(text: string): string {
  return isPlain(text) ? text : text.replace(ALL_HIDDEN, escape);
}

/** The same for a text of several lines, whose line breaks stay. */
export function visibleLines(text: string): string {
  return text.split(/\r?\n/).map(visible).join("\n");
}

/** A character as an escape, in the notation of JavaScript and TypeScript. */
export function escape(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

/** Almost every text is, which is quicker to tell. */
function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text);
}
