# Files in common formats, and the types of what they hold.
{
  lib,
  writeText,
}:
let
  inherit (lib) types;
  scalars = [
    types.bool
    types.int
    types.float
    types.str
  ];
  atom =
    name:
    types.nullOr (types.oneOf scalars)
    // {
      description = "${name} (null, bool, int, float or string)";
    };
  value =
    name:
    let
      type =
        types.nullOr (
          types.oneOf (
            scalars
            ++ [
              types.path
              (types.attrsOf type)
              (types.listOf type)
            ]
          )
        )
        // {
          description = "${name} value";
        };
    in
    type;
  word = x: if lib.isBool x then lib.boolToString x else toString x;
  pairs = separator: lib.mapAttrsToList (key: x: "${key}${separator}${word x}\n");
in
{
  json = _: {
    type = value "JSON";
    generate = name: x: writeText name (builtins.toJSON x);
  };
  # JSON is YAML.
  yaml = _: {
    type = value "YAML";
    generate = name: x: writeText name (builtins.toJSON x);
  };
  ini =
    _:
    let
      inner = atom "INI atom";
      section = types.attrsOf inner // {
        description = "section of an INI file (${inner.description})";
      };
    in
    {
      type = types.attrsOf section;
      generate =
        name: sections:
        writeText name (
          lib.concatStrings (
            lib.mapAttrsToList (
              title: entries: "[${title}]\n${lib.concatStrings (pairs "=" entries)}\n"
            ) sections
          )
        );
    };
  keyValue = _: {
    type = types.attrsOf (atom "atom");
    generate = name: entries: writeText name (lib.concatStrings (pairs "=" entries));
  };
}
