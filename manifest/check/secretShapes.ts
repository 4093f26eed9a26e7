import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import { maxTextLength } from "./text";

/**
 * Whether a text holds a secret, whatever its key is called. secretlint knows the tokens of well-known
 * services; what is below knows how people pass secrets to commands, in URLs and to Caddy. A reference
 * to a secret, such as `$PASSWORD`, a placeholder or a path, is not one.
 */
export function holdsSecret(text: string): boolean {
  // Refused for its length.
  if (text.length > maxTextLength) return false;
  const known = verdicts.get(text);
  if (known !== undefined) return known;
  const found = [text, ...decoded(text)].some((each) => holdsPlainSecret(each));
  if (verdicts.size > 1000) verdicts.clear();
  verdicts.set(text, found);
  return found;
}

/** The same texts are asked about more than once, as a manifest has short forms and repeats itself. */
const verdicts = new Map<string, boolean>();

/** A word that names a secret if it ends a name, as in `DB_PASSWORD`, `apiToken` and `X-Auth-Key`. */
const word =
  "(?:pass(?:word|phrase|wd)|passcode|secret|(?<!max[_-]?)token(?!s\\s{0,8}[=:]\\s{0,8}\\d)|(?<![a-z])(?:pass|pwd|pw|psk)|_pwd|" +
  "(?:admin|bind|db|ldap|mail|root|smtp)[_-]?pass|" +
  "(?:api|auth|access|account|admin|client|encryption|license|master|priv|private|secret|shared|signing)[_-]?key)s?";

/** The name of a key, an option or a variable whose value is a secret. */
export const secretName = new RegExp(`${word}$`, "i");

/** Not a value: a variable, a placeholder, a command's output, a format, a path, a pattern. */
const reference =
  "(?!\\$[\\w({@*#?]|`|\\{[^}]{0,256}\\}|[{[(](?:\\s|$)|\\[[^\\]]{0,64}\\]|<[^>]{0,64}>|%[a-zA-Z{]|@?(?:\\.{0,2}|~)/|@-|\\.\\*|\\.{3}|\\*{2,}|…|\\\\|https?://[^@]{0,512}$)";
const flagged = "(?!(?:true|false|none|null|yes|no|on|off|required|optional|stdin|file|env)\\b)";
const quote = `["'\\\\]{0,2}`;
/** One character of a value is enough: how good a password is does not matter here. */
const value = `${quote}${reference}${flagged}[^\\s"'\\\\&|;,)}\\]]`;
/** A user and a password after an option; but not a user and a group, as names or numbers. */
const login = `[ =]{0,4}${quote}(?!\\d{1,10}:\\d{1,10}(?:\\s|$))(?!([\\w-]{1,32}):\\1(?:\\s|$))(?!(?:root:wheel|nobody:nogroup)\\b)[\\w.@\${}-]{0,64}[:%]${value}`;
/** The name of a cookie that stands for a signed-in user. */
const session = "[\\w.-]{0,64}(?:sess|sid|auth|token|jwt|login|remember)[\\w.-]{0,64}";
/** Programs whose -u or --user says as whom to run, or something else. */
const namesGroups =
  "\\b(?:docker|podman|nerdctl|kubectl|systemd-run|setpriv|start-stop-daemon|chpst|su|sudo|runuser|ps|rsync|tar|cp|mv)\\b";
/** What the tokens of further vendors begin with. */
const vendors =
  "AIza|ya29\\.|GOCSPX-|npm_|pypi-|hf_|dckr_(?:pat|oat)_|nvapi-|lin_api_|sntry[su]_|pul-|gls?a_|hv[sbr]\\.|shp[a-z]{2}_|xkeysib-|SG\\.|ATATT3x|EAACEdEose0cBA";

const shapes: readonly RegExp[] = [
  // password=x, "token": "x", X-Api-Key: x; but not "$token" = x, which compares
  `(?<![$]\\{?\\w{0,32})${word}${quote}\\s{0,8}(?:=|:(?!//|=)|:=|=>)\\s{0,8}${value}`,
  // --password x, -token x
  `(?:^|\\s)--?[a-z-]{0,32}${word}\\s{1,8}(?!-)${value}`,
  // ?key=x in a URL
  `[?&](?:apikey|jwt|signature)=${value}`,
  `[?&](?:auth|code|key|sid|sig)=(?=[^\\s&"']{0,64}\\d)${value}`,
  // https://token@host
  `[a-z]://(?=[a-z_.~-]{0,256}\\d)[\\w.~-]{20,256}@`,
  // scheme://user:x@host, redis://:x@host
  `[a-z]://[^\\s/:@]{0,128}:(?!\\$[\\w({]|\\{[^}]{0,256}\\}@|<[^>]{0,64}>@)[^\\s/@]{1,256}@`,
  // Authorization: Bearer x
  `\\bauthorization${quote}\\s{0,8}[:=]?\\s{1,8}${quote}(?:bearer|basic|token|digest|apikey)\\s{1,8}${value}`,
  // header_up X-Api-Key x, and { api_token x }, in the Caddyfile
  `\\bheader(?:_up|_down)?\\s{1,8}[+>?]?[\\w-]{0,64}${word}\\s{1,8}${value}`,
  `(?:[\\n{;]\\s{0,64}|^\\s{0,64}(?=[a-z]{1,32}_))[\\w-]{0,32}${word}\\s{1,8}${value}`,
  // curl -uuser:x, http -a user:x; of other programs, -u and --user also name a user and a group, or a folder
  `\\b(?:curl|xh)\\b[^|;&\\n]{0,512}\\s(?:-u|--(?:proxy-)?user)${login}`,
  `\\bhttps?\\b[^|;&\\n]{0,256}\\s-a${login}`,
  `(?:^|\\s)-u(?<!${namesGroups}[^|;&\\n]{0,256}-u)${login}`,
  `(?:^|\\s)--user(?<!${namesGroups}[^|;&\\n]{0,256}--user)${login}`,
  `(?:^|\\s)(?:--(?:proxy-user|(?:basic-)?auth|cred(?:ential)?s?|login))(?![ =]{0,4}[\\w.-]{1,64}:\\d{1,5}(?:\\s|$))${login}`,
  // mysql -px, sshpass -p x, redis-cli -a x, ldapsearch -w x, openssl -passin pass:x
  `\\b(?:mysql|mariadb)[a-z_-]{0,16}\\b[^|;&]{0,512}\\s-p(?!\\d{1,5}(?:\\s|$))${value}`,
  `\\bsshpass\\b[^|;&]{0,64}\\s-p\\s{0,4}${value}`,
  `\\b(?:redis|valkey)-cli\\b[^|;&]{0,512}\\s-a\\s{0,4}${value}`,
  `\\bldap(?:search|modify|add|delete|whoami|passwd|compare)\\b[^|;&]{0,512}\\s-w\\s{0,4}${value}`,
  `\\b(?:mosquitto_(?:pub|sub|rr)|mongo(?:sh|dump|restore)?)\\b[^|;&]{0,512}\\s(?:-P|-p)\\s{0,4}(?!\\d{1,5}(?:\\s|$))${value}`,
  `\\b(?:ngrok\\b[^|;&]{0,64}\\sauthtoken|mc\\s{1,8}(?:alias|config host)\\s{1,8}(?:set|add)(?:\\s{1,8}[^\\s|;&]{1,256}){3})\\s{1,8}${value}`,
  // REDISCLI_AUTH=x, SMTP_PW=x, SECRET_KEY_BASE=x, JWT=x; but SMTP_AUTH=login says how
  `(?:^|\\s)(?:[A-Z0-9]{1,32}_(?:PW|PIN)|REDISCLI_AUTH|PGPASS|JWT|[A-Z_]{0,32}KEY_BASE)=${value}`,
  `(?:^|\\s)[A-Z0-9]{1,32}_AUTH=(?!${quote}(?:[a-z]{2,8}-md5|scram-sha|oauth2)\\b)(?=[^\\s]{0,64}(?:\\d[a-z]|[a-z]\\d|\\w:\\D))${value}`,
  // APP_KEY=base64:x, PrivateKey = x: what is called a key, and looks like one
  `(?<!(?:host|pub|public|site)[_-]?)key${quote}\\s{0,8}[=:]\\s{0,8}${quote}(?:base64:)?(?=[a-z+/_-]{0,256}\\d)(?=[\\d+/_-]{0,256}[a-z])(?!/)[a-z0-9+/_-]{24}`,
  // A cookie of a session, or a token of OAuth, that curl sends
  `\\bcurl\\b[^|;&]{0,512}\\s(?:-b|--cookie)[ =]{0,4}${quote}${session}=${value}`,
  `--oauth2-bearer[ =]${value}`,
  `\\bcookie${quote}(?:\\s{0,8}:\\s{0,8}|\\s{1,8})${quote}${session}=${value}`,
  // acme_dns cloudflare x, in the Caddyfile
  `\\b(?:acme_)?dns\\s{1,8}[a-z0-9]{2,32}\\s{1,8}(?=[a-z_-]{0,64}\\d)(?!\\d{1,3}\\.)${value}[\\w-]{15}`,
  // --password-file=<(echo x)
  `(?:file|key|pass\\w{0,8})[ =]<\\(\\s{0,4}(?:echo|printf)\\s{1,8}${value}`,
  // What a program that asks for a password gets on its stdin
  `\\b(?:echo|printf)(?:\\s{1,8}-[a-z]{1,8})?\\s{1,8}${value}[^|;&\\n]{0,256}\\|\\s{0,8}(?:sudo -S|kinit|cryptsetup|nixmox-login|smbpasswd|chpasswd)\\b`,
  `\\b(?:nixmox-login|kinit|cryptsetup|sudo -S)\\b[^|;&\\n]{0,256}<<<\\s{0,8}${value}`,
  `\\b(?:snmp[a-z]{2,16})\\b[^|;&]{0,512}\\s-[ACX]\\s{0,4}(?!public\\b)${value}`,
  // docker login -p x, htpasswd -b FILE user x
  `\\b[a-z]{2,16}\\s{1,8}login\\b[^|;&]{0,512}\\s-p[ =]{0,4}${value}`,
  `\\bhtpasswd\\s{1,8}-[a-z]{0,8}b[a-z]{0,8}(?:\\s{1,8}[^\\s|;&]{1,256}){1,4}?\\s{1,8}[\\w.@-]{1,64}\\s{1,8}(?!<)${value}`,
  `\\bpass:${value}`,
  // Hashes: bcrypt, crypt, argon2, scrypt, PBKDF2, PostgreSQL's, LDAP's
  `\\$(?:2[abxy]?|[156y]|gy|7|apr1|argon2(?:id?|d)|scrypt|pbkdf2(?:-[a-z0-9]+)?)\\$[a-z0-9./=,$+-]{12}`,
  `\\bSCRAM-SHA-(?:1|256)\\$\\d{1,9}:[a-z0-9+/=]{8}`,
  `\\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT)\\}[a-z0-9+/=$.]{12}`,
  // Keys and tokens that secretlint does not know, or knows only in their exact length
  `-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY|\\bPuTTY-User-Key-File-\\d`,
  `\\bAGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9-]{1,32})-1[a-z0-9]{8}`,
  `\\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\\b`,
  `\\b(?:gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox[a-z]-|xapp-|[srp]k_(?:live|test)_|whsec_|sk-|do[opr]_v1_|tskey-|${vendors})[\\w.-]{16}`,
  `hooks\\.slack\\.com/(?:services|workflows|triggers)/\\w|(?:discord|discordapp)\\.com/api/webhooks/\\d{8,24}/[\\w-]{16}`,
  `(?<![\\w-])eyJ[\\w-]{8,8192}\\.(?:eyJ)?[\\w-]{2,8192}`,
  `(?:\\b|bot)\\d{8,11}:AA[\\w-]{32}`,
  // Proxmox VE's own API token: user@realm!name=uuid
  `@[\\w.-]{1,32}![\\w.-]{1,64}[=:][0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`,
].map((source) => new RegExp(source, "i"));

/** Those in which upper and lower case differ: smbclient -U user%x, unzip -P x, 7z -px, openssl enc -k x. */
const exactShapes: readonly RegExp[] = [
  `(?:^|\\s)-U${login}`,
  `\\b(?:ipmitool|sqlcmd|zip|unzip)\\b[^|;&]{0,512}\\s-P\\s{0,4}(?!\\d{1,5}(?:\\s|$))${value}`,
  `\\b7z[arz]?\\b[^|;&]{0,512}\\s-p(?=\\S)${value}`,
  `\\bopenssl\\s{1,8}enc\\b[^|;&]{0,512}\\s-[kK]\\s{1,8}${value}`,
].map((source) => new RegExp(source));

/** A credential that follows its scheme, as opposed to "Basic authentication". */
const credential = new RegExp(
  `\\b(?:Bearer|Basic)\\s{1,8}(?!(?:charset|error|realm|scope)=)${reference}(?=[a-z]{0,64}[0-9A-Z._~+/=-])[\\w.~+/=-]{6}`,
);

function holdsPlainSecret(text: string): boolean {
  return (
    [...shapes, ...exactShapes, credential].some((shape) => shape.test(text)) || isKnownToken(text)
  );
}

type Rule = (typeof rules)[number];
type Source = Parameters<NonNullable<ReturnType<Rule["create"]>["file"]>>[0];

/** What secretlint's recommended rules say. Their core would make every reader of a manifest wait. */
function isKnownToken(text: string): boolean {
  let found = false;
  const context: Parameters<Rule["create"]>[0] = {
    sharedOptions: {},
    createTranslator: () => (id) => ({ messageId: String(id), message: "", data: {} }),
    report: () => (found = true),
    ignore: () => undefined,
  };
  // It knows other forms of a placeholder.
  const content = text.replace(/<[^<>\s]{1,64}>/g, "{x}");
  const source = { content, contentType: "text", ext: "", filePath: undefined } as Source;
  for (const rule of rules) {
    // What comments in a text allow is no reason to let it pass.
    if (rule.meta.type === "scanner") void rule.create(context, {}).file?.(source);
  }
  return found;
}

/** What a text means to those who decode it: parts in Base64, and what is escaped for a URL. */
function decoded(text: string): string[] {
  const parts = text.match(/[\w+/-]{12,}={0,2}/g) ?? [];
  const plain = parts.flatMap((part) => {
    const bytes = Buffer.from(part, "base64");
    // Other words, too, are valid Base64, but do not mean readable text.
    const readable = bytes.length >= 8 && bytes.every((byte) => byte >= 32 && byte < 127);
    const inside = bytes.toString("latin1");
    return /^[\t\n\r -~]+$/.test(inside) && (readable || inside.includes("-----BEGIN"))
      ? [/^[\w.@-]+:\S+$/.test(inside) ? `-u ${inside}` : inside]
      : [];
  });
  try {
    return /%[0-9a-f]{2}/i.test(text) ? [...plain, decodeURIComponent(text)] : plain;
  } catch {
    return plain;
  }
}
