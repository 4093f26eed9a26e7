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
    grafana = { };
    grafana-loki.meta.mainProgram = "loki";
    guacamole-client.version = "1.6.0";
    guacamole-server.meta.mainProgram = "guacd";
    jdk = { };
    jellyfin = { };
    libargon2 = { };
    nextcloud32.version = "32.0.12";
    nextcloud33.version = "33.0.6";
    nginxStable.meta.mainProgram = "nginx";
    openbao.meta.mainProgram = "bao";
    php = { };
    postgresql_jdbc = { };
    prowlarr = { };
    radarr = { };
    redis = { };
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
// lib.genAttrs [ "nextcloud32Packages" "nextcloud33Packages" ] (_: {
  apps.user_oidc = absent "nextcloud-app-user_oidc" { };
})
// {
  # What nixpkgs fetches from elsewhere.
  fetchurl = { url, ... }: absent (baseNameOf url) { };
  postgresql_14 = postgresql "14";
  postgresql_16 = postgresql "16";
  postgresql_17 = postgresql "17";
  postgresql_18 = postgresql "18";
}
