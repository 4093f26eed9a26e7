# Locales. The template has none but those that need no files.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  missing = config.i18n.extraLocales;
in
{
  options.i18n.extraLocales = mkOption {
    type = types.either (types.listOf types.str) (types.enum [ "all" ]);
    default = [ ];
    description = "Locales that the system supports besides its own.";
  };
  config.assertions = [
    {
      assertion = missing == [ ];
      message = "Unable to configure this host in the lab: its template has no locales but C, POSIX and C.UTF-8, and it would need ${lib.concatStringsSep ", " (lib.toList missing)}.";
    }
  ];
}
