# What is wrong with the text of a route, one line each, as far as Caddy's adapted form cannot show it:
# it may read other files, and the daemon's environment, before it is adapted. Input: the raw text.
# Whatever is accepted here is split into words exactly as Caddy's lexer splits it.
def words: [scan("\"(?:\\\\[\\s\\S]|[^\"\\\\])*\"|`[^`]*`|#[^\\n]*|\\S+")];
def unquoted: test("^\"(?:\\\\[\\s\\S]|[^\"\\\\])*\"$|^`[^`]*`$|^#") | not;
def value: if unquoted then . else .[1:-1] end;

(select(test("[^\\P{C}\\n\\t]|[^\\P{Z} ]")) | "a character that cannot be seen, such as a carriage return"),
(select(contains("{$")) | "an environment variable, {$"),
(reduce (words[] | select(. == "{" or . == "}")) as $brace ({ depth: 0, blocks: 0 };
    .depth += (if $brace == "{" then 1 else -1 end) | if .depth <= 0 then .blocks += 1 else . end)
  | select(.depth != 0 or .blocks != 1) | "braces that close more or less than one site"),
(words[]
  | if startswith("#") then select(contains("\\")) | "a comment with a backslash"
    elif value == "import" then "import, which reads other files"
    elif IN("\"{\"", "\"}\"", "`{`", "`}`") then "a quoted brace"
    elif unquoted then
      (select(test("^[\"`]")) | "a quote that is not closed"),
      (select(startswith("<<")) | "a heredoc"),
      (select(test("^\\\\[\"`#<]|\\\\$")) | "a backslash before a quote, a comment or a space")
    else empty end)
