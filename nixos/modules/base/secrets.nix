# Secrets are files that the deployment writes. Only their paths and permissions are known here.
{ config, lib, ... }:
let
  inherit (config.nixmox)
    authority
    certificate
    databases
    secrets
    ;
  files =
    lib.mapAttrsToList (_: secret: secret.path) secrets
    ++ lib.mapAttrsToList (_: database: database.passwordFile) databases
    ++ map (each: each.keyFile) (
      lib.filter (each: each != null) [
        authority
        certificate
      ]
    );
  # The user may not exist yet when the deployment writes the file.
  owned = lib.filter (secret: secret.owner != "root") (lib.attrValues secrets);
in
{
  systemd.tmpfiles.rules =
    map (directory: "d ${directory} 0711 root root -") (lib.unique (map dirOf files))
    ++ map (secret: "z ${secret.path} ${secret.mode} ${secret.owner} root -") owned;
}
