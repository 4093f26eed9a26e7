# Secrets that a configuration writes out. All of it is in the Nix store, where everyone can read it.
{ lib }:
let
  inherit (builtins)
    concatMap
    isAttrs
    isList
    isString
    match
    tryEval
    ;

  words = "[Pp]assword|[Pp]asswd|[Pp]assphrase|[Ss]ecret|[Tt]oken|([Aa]pi|[Pp]rivate|[Ss]ecret)[_-]?[Kk]ey";
  capitals = "PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|(API|PRIVATE|SECRET)_?KEY";
  # Whatever the name says besides, it ends with what the value is: `password`, and not `password_file`.
  isSecret = name: match ".*(${words}|${capitals})" name != null;

  # A path, a systemd specifier, a variable, a placeholder, a flag, or what locks an account.
  isReference = text: match "(|[/%$@<!*].*|file:.*|true|false)" text != null;
  # A user and a password before a host, or a password among the words of a command.
  quoted = text: [
    (match ".*[a-z]://[^/:@ ]*:([^/@ ]+)@.*" text)
    (match ".* --?[a-z-]*(password|passwd|secret|token)[= ]([^ -][^ ]*)( .*)?" text)
  ];
  holdsLiteral = text: lib.any (found: found != null && !isReference (last found)) (quoted text);
  last = found: lib.last (lib.filter (part: part != null && match " .*" part == null) found);

  # Where below an option's value a secret is written out.
  walk =
    loc: value:
    let
      forced = tryEval value;
      plain = forced.value;
    in
    if !forced.success then
      [ ]
    else if isString plain then
      # Longer texts are files, and too much for a pattern.
      lib.optional (
        builtins.stringLength plain < 4096
        && (isSecret (lib.last loc) && !isReference plain || holdsLiteral plain)
      ) loc
    else if isList plain then
      concatMap (walk loc) plain
    else if isAttrs plain && !lib.isDerivation plain then
      lib.concatLists (lib.mapAttrsToList (name: walk (loc ++ [ name ])) plain)
    else
      [ ];

  # A unit's own text repeats what its options say.
  isUnitFile = loc: lib.hasPrefix "environment.etc.systemd/" (lib.showOption loc);

  # Whether a definition has something there; behind a condition, it may have anything.
  reaches =
    path: value:
    path == [ ]
    || !isAttrs value
    || value ? _type
    || value ? ${lib.head path} && reaches (lib.tail path) value.${lib.head path};
  filesOf =
    option: loc:
    let
      path = lib.drop (lib.length option.loc) loc;
      files = lib.filter (
        d: lib.any (each: reaches path each.value) (lib.plain [ d ])
      ) option.definitions;
    in
    lib.unique (map (d: d.file) files);

  isWanted =
    option:
    option.isDefined
    && !(option.internal or false)
    && !(lib.elem (lib.head option.loc) [
      "assertions"
      "nixmox"
      "warnings"
    ])
    &&
      option.loc != [
        "system"
        "build"
      ];
in
{
  # The options that hold a secret, and the files that define them.
  exposedSecrets =
    options:
    concatMap (
      option:
      map (loc: {
        name = lib.showOption loc;
        files = filesOf option loc;
      }) (lib.filter (loc: !isUnitFile loc) (walk option.loc option.value))
    ) (lib.filter isWanted (lib.collect lib.isOption options));
}
