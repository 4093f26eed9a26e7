# What this host keeps that nothing else can bring back. Named once, for whatever copies it.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.nixmox.state = mkOption {
    default = { };
    description = "Directories that hold a service's data, by a name for each.";
    type = types.attrsOf (
      types.submodule {
        options = {
          directory = mkOption {
            type = types.path;
            example = "/var/lib/vaultwarden";
            description = "The directory, with everything below it.";
          };
          units = mkOption {
            type = types.listOf types.str;
            default = [ config.nixmox.service.unit ];
            defaultText = lib.literalExpression "[ config.nixmox.service.unit ]";
            example = [ "vaultwarden.service" ];
            description = "Units that write to it, which are stopped while it is copied or put back.";
          };
        };
      }
    );
  };
}
