# What the options of all kinds of systemd units have in common, and their text.
{ lib }:
let
  inherit (lib) mkOption types;
  word = value: if lib.isBool value then lib.boolToString value else toString value;
  lines =
    name: value:
    if value == null then
      ""
    else if lib.isList value then
      lib.concatMapStrings (lines name) value
    else
      "${name}=${word value}\n";
in
rec {
  # Definitions of a repeatable directive add up; any other has only one.
  option = types.unspecified // {
    description = "systemd option";
    descriptionClass = null;
    merge =
      loc: defs:
      if lib.any (d: lib.isList d.value) defs then
        lib.concatMap (d: lib.toList d.value) defs
      else
        lib.mergeEqual loc defs;
  };
  name = types.strMatching "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)";

  section =
    description:
    mkOption {
      type = types.attrsOf option;
      default = { };
      inherit description;
    };
  units =
    description:
    mkOption {
      type = types.listOf name;
      default = [ ];
      inherit description;
    };
  description = mkOption {
    type = types.singleLineStr;
    default = "";
    description = "What the unit is.";
  };

  renderSection =
    name: directives: "[${name}]\n${lib.concatStrings (lib.mapAttrsToList lines directives)}";
}
