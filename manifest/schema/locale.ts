import { z } from "zod";

/** What a database's text is made of, as PostgreSQL and its host's C library name it. */

/** Each encoding that a PostgreSQL server can store, and the character set of its locales, if any. */
const charsets: Readonly<Record<string, string | undefined>> = {
  UTF8: "UTF-8",
  SQL_ASCII: undefined,
  EUC_CN: "GB2312",
  EUC_JIS_2004: undefined,
  EUC_JP: "EUC-JP",
  EUC_KR: "EUC-KR",
  EUC_TW: "EUC-TW",
  ISO_8859_5: "ISO-8859-5",
  ISO_8859_6: "ISO-8859-6",
  ISO_8859_7: "ISO-8859-7",
  ISO_8859_8: "ISO-8859-8",
  KOI8R: "KOI8-R",
  KOI8U: "KOI8-U",
  LATIN1: "ISO-8859-1",
  LATIN2: "ISO-8859-2",
  LATIN3: "ISO-8859-3",
  LATIN4: "ISO-8859-4",
  LATIN5: "ISO-8859-9",
  LATIN6: "ISO-8859-10",
  LATIN7: "ISO-8859-13",
  LATIN8: "ISO-8859-14",
  LATIN9: "ISO-8859-15",
  LATIN10: "ISO-8859-16",
  MULE_INTERNAL: undefined,
  WIN866: undefined,
  WIN874: undefined,
  WIN1250: undefined,
  WIN1251: "CP1251",
  WIN1252: undefined,
  WIN1253: undefined,
  WIN1254: undefined,
  WIN1255: "CP1255",
  WIN1256: "CP1256",
  WIN1257: undefined,
  WIN1258: undefined,
};

/** Other names of theirs, as PostgreSQL compares names. */
const aliases: Readonly<Record<string, string>> = {
  unicode: "UTF8",
  koi8: "KOI8R",
  win: "WIN1251",
};

/** Neither PostgreSQL nor C libraries care for case and punctuation. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, "");
}

const encodings = new Map([
  ...Object.entries(charsets).flatMap(([name, charset]): [string, string][] =>
    [name, charset ?? name].map((each) => [plain(each), name]),
  ),
  ...Object.entries(aliases),
]);

/** PostgreSQL's own name of an encoding, or of a locale's character set. */
export function encodingNamed(text: string): string | undefined {
  return encodings.get(plain(text));
}

/** The character set of a locale's name; undefined if it fits every encoding. */
function charsetOf(locale: string): string | undefined {
  return /\.([^@]*)/.exec(locale)?.[1];
}

/** The encoding of a locale's text; undefined if the locale fits every encoding. */
export function encodingOf(locale: string): string | undefined {
  const charset = charsetOf(locale);
  return charset === undefined ? undefined : encodingNamed(charset);
}

/** A locale as the host's C library lists it, with its character set; none if it is always there. */
export function supportedLocale(locale: string): string | undefined {
  const encoding = encodingOf(locale);
  const charset = encoding === undefined ? undefined : charsets[encoding];
  if (charset === undefined || locale.startsWith("C.")) return undefined;
  return `${locale.replace(/\.[^@]*/, `.${charset}`)}/${charset}`;
}

export const locale = z
  .string()
  .max(60)
  .regex(/^(C|POSIX|C\.[A-Za-z0-9-]+|[a-z]{2,3}_[A-Z]{2}\.[A-Za-z0-9-]+(@[a-z]+)?)$/, {
    error: 'a locale with its character set, such as "C", "C.UTF-8" or "de_DE.UTF-8"',
    abort: true,
  })
  .refine((text) => {
    const charset = charsetOf(text);
    return charset === undefined || charsets[encodingNamed(charset) ?? ""] !== undefined;
  }, 'a locale whose character set PostgreSQL knows, such as "de_DE.UTF-8"');

export const encoding = z
  .string()
  .refine(
    (text) => encodingNamed(text) !== undefined && /^[A-Za-z0-9_ -]+$/.test(text),
    'an encoding that PostgreSQL can store, such as "UTF8", "SQL_ASCII" or "LATIN1"',
  );
