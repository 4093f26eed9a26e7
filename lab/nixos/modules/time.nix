# The time zone. The clock is that of the machine that the lab is on.
{ config, lib, ... }:
let
  inherit (config.time) timeZone;
in
{
  options.time.timeZone = lib.mkOption {
    type = lib.types.nullOr lib.types.str;
    default = null;
    description = "Name of the zone in the tz database. Null: UTC.";
  };

  config.system.activationScripts.localtime.text = ''
    ln -sfT /usr/share/zoneinfo/${if timeZone == null then "UTC" else timeZone} /etc/localtime
    echo ${if timeZone == null then "UTC" else timeZone} > /etc/timezone
  '';
}
