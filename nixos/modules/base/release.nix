# The release whose defaults this host's data was created with: it says, for example, which PostgreSQL
# a host has. It is decided once, and stays when the homelab moves to another release of NixOS.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (lib.trivial) release;
  inherit (config.nixmox) service stateVersion;
in
{
  options.nixmox.stateVersion = mkOption {
    type = types.strMatching "[0-9]{2}\\.(05|11)";
    default = release;
    defaultText = lib.literalExpression "lib.trivial.release";
    example = "25.05";
    description = "`state_version` in the manifest, or the release that this host was first deployed with.";
  };

  config = {
    system.stateVersion = lib.mkDefault stateVersion;
    # The deployment keeps it on the host, and hands it to the next evaluation.
    environment.etc."nixmox/state-version".text = "${config.system.stateVersion}\n";

    assertions = [
      {
        assertion = lib.versionAtLeast release config.system.stateVersion;
        message = "Unable to configure ${service.name}: its data would be of NixOS ${config.system.stateVersion}, which is newer than the NixOS ${release} that flake.nix names. Correct `state_version` in the manifest, or update flake.nix.";
      }
    ];
  };
}
