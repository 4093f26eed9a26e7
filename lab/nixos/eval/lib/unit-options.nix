# Types of what systemd's units and settings hold.
{ lib }:
let
  inherit (lib) types;
in
{
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
}
