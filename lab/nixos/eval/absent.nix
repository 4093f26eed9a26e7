# Packages that nixpkgs has and the lab has not, with the attributes that modules read.
{ absent, lib }:
let
  packages = lib.mapAttrs absent {
    guacamole-client.version = "1.6.0";
    guacamole-server.meta.mainProgram = "guacd";
    jdk = { };
    jellyfin = { };
    libargon2 = { };
    openbao.meta.mainProgram = "bao";
    postgresql_jdbc = { };
    prowlarr = { };
    radarr = { };
    sonarr = { };
    tomcat9.webapps = absent "tomcat-webapps" { };
    vaultwarden = {
      version = "1.36.0";
      webvault = absent "vaultwarden-webvault" { };
      override = _: packages.vaultwarden;
    };

    # What flake.nix offers to those who work on this project.
    go = { };
    nixfmt = { };
    nixfmt-tree = { };
    nodejs = { };
    pulumi-bin = { };
    shellcheck = { };
  };
in
packages
// {
  # What nixpkgs fetches from elsewhere.
  fetchurl = { url, ... }: absent (baseNameOf url) { };
}
