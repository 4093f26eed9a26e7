# What a host remembers of what happened, and when. Its clock is its node's: a container cannot set it.
{ config, ... }:
{
  time.timeZone = config.nixmox.network.timeZone;

  # By default, it takes a tenth of the disk, which the Nix store needs on a small one.
  services.journald.extraConfig = ''
    SystemMaxUse=256M
    SystemKeepFree=1G
    RuntimeMaxUse=32M
  '';
}
