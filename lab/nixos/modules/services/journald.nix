# Debian's journald with NixOS's settings.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.journald;
in
{
  options.services.journald = {
    storage = mkOption {
      type = types.enum [
        "persistent"
        "volatile"
        "auto"
        "none"
      ];
      default = "persistent";
      description = "Where the journal is kept.";
    };
    rateLimitInterval = mkOption {
      type = types.str;
      default = "30s";
      description = "Time in which rateLimitBurst counts.";
    };
    rateLimitBurst = mkOption {
      type = types.int;
      default = 10000;
      description = "Messages that a service may send in that time.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of journald.conf(5).";
    };
  };

  config = {
    environment.etc."systemd/journald.conf".text = ''
      [Journal]
      Storage=${cfg.storage}
      RateLimitInterval=${cfg.rateLimitInterval}
      RateLimitBurst=${toString cfg.rateLimitBurst}
      ${cfg.extraConfig}
    '';
    # The unit is Debian's, so a switch does not restart it for a changed file.
    system.activationScripts.journald.text = ''
      if ! cmp --silent /etc/systemd/journald.conf /run/journald.conf; then
        cp /etc/systemd/journald.conf /run/journald.conf
        [ "''${1-}" = at-boot ] || systemctl --no-block try-restart systemd-journald.service
      fi
    '';
  };
}
