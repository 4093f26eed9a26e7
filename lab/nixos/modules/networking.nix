# The host's name. Its addresses are Proxmox's business.
{ config, lib, ... }:
let
  cfg = config.networking;
in
{
  options.networking.hostName = lib.mkOption {
    type = lib.types.strMatching "|[[:alnum:]]([[:alnum:]-]{0,61}[[:alnum:]])?";
    default = "";
    description = "The host's short name. Empty: as the container's creator set it.";
  };

  config.system.activationScripts.hostname.text = lib.mkIf (cfg.hostName != "") ''
    echo ${cfg.hostName} > /etc/hostname
    [ "$(cat /proc/sys/kernel/hostname)" = ${cfg.hostName} ] || hostname ${cfg.hostName}
  '';
}
