# Trusts the homelab's own certificate authority. The deployment puts its certificate beside the
# flake; a checkout has none.
{ config, lib, ... }:
let
  inherit (config.nixmox) caFile;
  certificate = ../../../ca.crt;
in
{
  # Its path in the store is another one for another certificate, so that units which use it restart.
  nixmox.caFile = lib.mkIf (builtins.pathExists certificate) "${certificate}";
  security.pki.certificateFiles = lib.optional (caFile != null) caFile;
  # For the deployment, which does not know the path in the store.
  environment.etc."nixmox/ca.crt" = lib.mkIf (caFile != null) { source = caFile; };
}
