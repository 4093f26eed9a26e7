# Secrets are files that the deployment writes; nothing of them is known here but name and rights.
{
  lib,
  nixmoxLib,
  service,
  ...
}:
let
  # The user may not exist yet when the deployment writes the file.
  owned = lib.filterAttrs (_: secret: secret.owner != "root") service.interface.secrets;
in
{
  systemd.tmpfiles.rules = [
    "d ${nixmoxLib.stateDirectory}/secrets 0711 root root -"
  ]
  ++ lib.mapAttrsToList (
    name: secret: "z ${nixmoxLib.secretFile name} ${secret.mode} ${secret.owner} root -"
  ) owned;
}
