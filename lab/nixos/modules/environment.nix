# Files below /etc and programs for everyone.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.environment = {
    etc = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            options = {
              enable = mkOption {
                type = types.bool;
                default = true;
                description = "Whether the file exists.";
              };
              target = mkOption {
                type = types.str;
                default = name;
                description = "Path below /etc.";
              };
              text = mkOption {
                type = types.nullOr types.lines;
                default = null;
                description = "Content of the file.";
              };
              source = mkOption {
                type = types.nullOr types.path;
                default = null;
                description = "File that it links to, if there is no text.";
              };
            };
          }
        )
      );
      default = { };
      description = "Files below /etc.";
    };
    systemPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose programs are on everyone's PATH.";
    };
  };
}
