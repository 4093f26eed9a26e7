# One of the programs with pages of its own: who may see them, and how it serves them.
{
  config,
  lib,
  pkgs,
}:
let
  inherit (config.nixmox)
    certificate
    routes
    secrets
    service
    ;
  nixmoxLib = import ../../lib { inherit lib; };
in
{
  # Name of its unit, without the suffix.
  unit,
  port,
  # Further credentials, as systemd loads them.
  credentials ? [ ],
  # Whether it signs in to another one.
  asks ? false,
}:
let
  isSecure = certificate != null;
  own = lib.filterAttrs (
    _: route: route.upstream != null && lib.hasSuffix ":${toString port}" route.upstream
  ) routes;
  # Only the proxy reaches its port, and whatever depends on this service.
  guarded = own != { } && lib.all (route: route.guarded) (lib.attrValues own);
  route = nixmoxLib.mainRoute own;
  directory = "/run/credentials/${unit}.service";
  webConfigFile = "/run/${unit}/web.yml";

  # JSON is YAML.
  tls = lib.optionalString isSecure "tls_server_config: ${
    builtins.toJSON {
      cert_file = "${directory}/certificate";
      key_file = "${directory}/key";
    }
  }";
  # A hash is wanted, and compared at every request: a cost of 10 is enough for a password of
  # 32 random characters. The program reads the file again by itself.
  writeWebConfig = pkgs.writeShellScript "write-web-config" ''
    set -eu
    umask 0377
    rm -f ${webConfigFile}
    ${lib.optionalString (!guarded) ''
      hash=$(${pkgs.mkpasswd}/bin/mkpasswd --method=bcrypt --rounds=10 --stdin \
        <"$CREDENTIALS_DIRECTORY/admin-password")
    ''}
    cat >${webConfigFile} <<END
    ${lib.optionalString (!guarded) ''basic_auth_users: { admin: "$hash" }''}
    ${tls}
    END
  '';
in
{
  inherit
    guarded
    isSecure
    port
    route
    webConfigFile
    ;
  # Its certificate is for the host's name.
  address = "${if isSecure then service.hostname else service.ip}:${toString port}";
  scheme = if isSecure then "https" else "http";
  # Whether anyone could sign in; if not, the assertion says so, and nothing else is evaluated.
  isOpen = guarded || secrets ? admin-password;
  # Below which it answers.
  path = if route == null then "" else lib.removeSuffix "/" route.path;
  # What another program here needs to be let in, as the programs' own configuration has it.
  login =
    asking:
    lib.optionalAttrs (!guarded) {
      basic_auth = {
        username = "admin";
        password_file = "/run/credentials/${asking}.service/admin-password";
      };
    };
  serviceConfig = {
    ExecStartPre = [ writeWebConfig ];
    LoadCredential =
      lib.optional (asks || !guarded) "admin-password:${secrets.admin-password.path}"
      ++ lib.optionals isSecure [
        "certificate:${certificate.certFile}"
        "key:${certificate.keyFile}"
      ]
      ++ credentials;
  };
}
