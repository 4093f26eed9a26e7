# What options there are, and which of them modules set.
{ lib }:
let
  inherit (builtins) concatMap filter isAttrs;

  leaves = lib.collect lib.isOption;

  # As nixpkgs shows a default.
  show =
    value:
    if value._type or "" == "literalExpression" then
      value.text
    else if lib.isDerivation value then
      "<derivation ${value.pname or value.name}>"
    else if isAttrs value then
      "{ ${lib.concatStrings (lib.mapAttrsToList (name: inner: "${name} = ${show inner}; ") value)}}"
    else if builtins.isList value then
      "[ ${lib.concatMapStrings (inner: "${show inner} ") value}]"
    else if builtins.isFunction value then
      "<function>"
    else if builtins.isPath value then
      toString value
    else
      builtins.toJSON value;

  document =
    option:
    let
      type = option.type or lib.types.unspecified;
      default = show (option.defaultText or option.default);
      shown = builtins.tryEval default;
    in
    [
      {
        name = lib.showOption option.loc;
        type = type.description;
        declared = lib.head option.declarations;
        internal = option.internal or false;
        hasDefault = option ? default;
        default = if option ? default && shown.success then shown.value else null;
      }
    ]
    ++ lib.optionals (option.visible or true != "shallow") (
      concatMap document (leaves (type.getSubOptions option.loc))
    );
in
{
  # Name, type and default of each option, those of submodules included.
  optionDocs = options: concatMap document (leaves options);

  # Each option that modules in some files define, and the file, from what evalModules returns.
  definedOptions =
    isWanted:
    { options, unmatched, ... }:
    let
      wanted = filter (d: isWanted d.file);
      entry = loc: d: {
        name = lib.showOption loc;
        inherit (d) file;
      };
    in
    concatMap (
      option:
      let
        definitions = wanted option.definitions;
      in
      map (entry option.loc) definitions
      ++ (option.type or lib.types.unspecified).definedBelow option.loc definitions
    ) (leaves options)
    ++ concatMap ({ loc, defs }: map (entry loc) (wanted defs)) unmatched;
}
