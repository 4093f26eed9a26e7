# Guacamole's extensions, of which nixpkgs has no packages, as its developers publish them. They fit
# one version of Guacamole alone.
{ pkgs }:
let
  version = "1.6.0";
  fetch =
    name: hash:
    pkgs.fetchurl {
      url = "https://archive.apache.org/dist/guacamole/${version}/binary/${name}-${version}.tar.gz";
      inherit hash;
    };
  unpack =
    name: hash:
    pkgs.runCommand "${name}-${version}" { } ''
      mkdir $out
      tar --extract --gzip --strip-components=1 --directory=$out --file=${fetch name hash}
    '';
  database = unpack "guacamole-auth-jdbc" "sha256-l7xf09Z9JcDpikddHf0wigN4WfVJ+sRxcccjt6cDk2Y=";
  signOn = unpack "guacamole-auth-sso" "sha256-6VeYRHGsUKh/Ry9Rrsm/fjeK5nziUC/5OAMAEaZw3K4=";
in
{
  inherit version;
  # Users and connections in PostgreSQL.
  postgresql = "${database}/postgresql/guacamole-auth-jdbc-postgresql-${version}.jar";
  schema = "${database}/postgresql/schema/001-create-schema.sql";
  # Users of an identity provider.
  openid = "${signOn}/openid/guacamole-auth-sso-openid-${version}.jar";
}
