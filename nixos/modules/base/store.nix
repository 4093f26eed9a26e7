# What builds leave behind: enough generations to go back to, and no more than the disk can hold.
{ config, lib, ... }:
let
  generations = 5;
  mebibytes = number: number * 1024 * 1024;
in
{
  nix = {
    gc = {
      automatic = true;
      dates = "weekly";
      randomizedDelaySec = "6h";
    };
    settings = {
      # A build that finds less free space deletes what no generation needs, until there is more.
      min-free = mebibytes 512;
      max-free = mebibytes 2048;
    };
  };

  # Without this, everything that was ever active would be needed.
  systemd.services.nix-gc.preStart = ''
    ${lib.getExe' config.nix.package "nix-env"} --profile /nix/var/nix/profiles/system \
      --delete-generations +${toString generations}
  '';
}
