# How a module declares options, and marks definitions as conditional, merged, weaker or ordered.
{ lib }:
rec {
  mkOption = attrs: attrs // { _type = "option"; };
  isOption = value: value._type or null == "option";

  mkEnableOption =
    name:
    mkOption {
      type = lib.types.bool;
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
    };
  mkPackageOption =
    pkgs: name:
    {
      default ? name,
      nullable ? false,
      ...
    }:
    let
      path = lib.toList default;
    in
    mkOption (
      {
        type = if nullable then lib.types.nullOr lib.types.package else lib.types.package;
        description = "The ${lib.last (lib.toList name)} package to use.";
      }
      // (
        if default == null then
          { default = null; }
        else
          {
            default = lib.attrByPath path (throw "The lab has no package ${lib.showOption path}.") pkgs;
            defaultText = lib.literalExpression "pkgs.${lib.showOption path}";
          }
      )
    );

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;
}
