# Trusts the homelab's own certificate authority. The deployment puts its certificate beside the
# flake; a checkout has none.
{ lib, ... }:
let
  certificate = ../../../ca.crt;
in
{
  security.pki.certificateFiles = lib.optional (builtins.pathExists certificate) certificate;
}
