# Files below /etc and programs for everyone.
{ lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.environment = {
    etc = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, config, ... }:
          {
            options = {
              enable = mkOption {
                type = types.bool;
                default = true;
                description = "Whether the file exists.";
              };
              target = mkOption {
                type = types.str;
                description = "Path below /etc.";
              };
              text = mkOption {
                type = types.nullOr types.lines;
                default = null;
                description = "Content of the file.";
              };
              source = mkOption {
                type = types.path;
                description = "File that it links to.";
              };
            };
            config = {
              target = lib.mkDefault name;
              source = lib.mkIf (config.text != null) (
                lib.mkDefault (pkgs.writeText (baseNameOf name) config.text)
              );
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
