# Packages that nixpkgs has and the lab has not, with the attributes that modules read.
{ absent, lib }:
let
  # PostgreSQL by its major version, of which Debian has another one.
  postgresql =
    version:
    absent "postgresql_${version}" {
      inherit version;
      psqlSchema = version;
      pkgs = { };
    };
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
  postgresql_14 = postgresql "14";
  postgresql_16 = postgresql "16";
  postgresql_17 = postgresql "17";
  postgresql_18 = postgresql "18";
}
