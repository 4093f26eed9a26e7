# Packages that nixpkgs has and the lab has not, with the attributes that modules read.
{ absent, lib }:
lib.mapAttrs absent {
  vaultwarden = { };
}
