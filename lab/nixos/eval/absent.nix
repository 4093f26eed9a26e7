# Packages that nixpkgs has and the lab has not, with the attributes that modules read.
{ absent, lib }:
let
  packages = lib.mapAttrs absent {
    libargon2 = { };
    openbao.meta.mainProgram = "bao";
    vaultwarden = {
      version = "1.36.0";
      webvault = absent "vaultwarden-webvault" { };
      override = _: packages.vaultwarden;
    };
  };
in
packages
