# The lab's hosts are containers already; their creator sets up their network.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  flag =
    description:
    mkOption {
      type = types.bool;
      default = false;
      inherit description;
    };
in
{
  options.proxmoxLXC = {
    privileged = flag "Whether the container may mount what only the node's root may.";
    manageNetwork = flag "Whether NixOS sets the addresses.";
    manageHostName = flag "Whether NixOS sets the name.";
  };
}
