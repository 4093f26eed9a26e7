{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.keycloak;
  text =
    default: description:
    mkOption {
      type = types.str;
      inherit default description;
    };
  file =
    description:
    mkOption {
      type = types.nullOr types.path;
      default = null;
      inherit description;
    };
  port =
    default: description:
    mkOption {
      type = types.port;
      inherit default description;
    };
  runtime = "/run/keycloak";

  # What was decided when Keycloak was built must not be said again.
  settings = removeAttrs (lib.filterAttrs (_: value: value != null) cfg.settings) [
    "http-relative-path"
  ];
  isSecret = value: lib.isAttrs value;
  show = value: if lib.isBool value then lib.boolToString value else toString value;
  plain = lib.filterAttrs (_: value: !isSecret value) settings;
  # Values that are in files come at each start.
  secret = lib.filterAttrs (_: isSecret) settings;
  configuration = pkgs.writeText "keycloak.conf" (
    lib.concatLines (lib.mapAttrsToList (name: value: "${name}=${show value}") plain)
  );
  addSecret = name: value: ''
    value=$(<"$CREDENTIALS_DIRECTORY/${baseNameOf value._secret}")
    printf '%s=%s\n' ${name} "''${value//\\/\\\\}" >>${runtime}/conf/keycloak.conf
  '';
in
{
  options.services.keycloak = {
    enable = lib.mkEnableOption "Keycloak";
    package = lib.mkPackageOption pkgs "keycloak" { };
    sslCertificate = file "File with the server's certificate.";
    sslCertificateKey = file "File with the certificate's key.";
    initialAdminPassword = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Password of the first administrator, for everyone to read.";
    };
    database = {
      type = mkOption {
        type = types.enum [ "postgresql" ];
        default = "postgresql";
        description = "Type of the database; the lab's Keycloak is built for one.";
      };
      host = text "localhost" "Server of the database.";
      port = port 5432 "Port of that server.";
      name = text "keycloak" "Name of the database.";
      username = text "keycloak" "Role that logs in.";
      passwordFile = file "File with the role's password.";
      createLocally = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the database is on this host; the lab has it elsewhere.";
      };
      useSSL = mkOption {
        type = types.bool;
        default = cfg.database.host != "localhost";
        description = "Whether the connection uses TLS.";
      };
      caCert = file "Certificate of the authority that signed the server's.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (
          types.nullOr (
            types.oneOf [
              types.str
              types.int
              types.bool
              (types.attrsOf types.path)
            ]
          )
        );
        options = {
          http-host = text "::" "Address to listen on.";
          http-port = port 80 "Port for HTTP.";
          https-port = port 443 "Port for HTTPS.";
          http-relative-path = text "/" "Path below which it serves everything.";
          hostname = mkOption {
            type = types.nullOr types.str;
            description = "Public name or URL.";
          };
        };
      };
      default = { };
      description = "Keycloak's settings. One that is a set has a file, _secret, with its value.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !cfg.database.createLocally;
        message = "The lab has Keycloak's database on another host. Set services.keycloak.database.createLocally = false.";
      }
      {
        assertion = cfg.database.passwordFile != null;
        message = "services.keycloak.database.passwordFile must be set";
      }
      {
        assertion = cfg.database.useSSL -> cfg.database.caCert != null;
        message = "A CA certificate must be specified (in services.keycloak.database.caCert) when PostgreSQL is used with SSL";
      }
      {
        assertion = cfg.settings.health-enabled or false && cfg.settings.http-relative-path == "/";
        message = "The lab's Keycloak is built with health checks and without a path. Set services.keycloak.settings.health-enabled = true, and no http-relative-path.";
      }
    ];

    environment.systemPackages = [ cfg.package ];
    services.keycloak.settings = lib.mkMerge [
      {
        db = "postgres";
        db-username = cfg.database.username;
        db-password._secret = cfg.database.passwordFile;
        db-url-host = cfg.database.host;
        db-url-port = toString cfg.database.port;
        db-url-database = cfg.database.name;
        db-url-properties = lib.optionalString cfg.database.useSSL "?ssl=true&sslrootcert=${cfg.database.caCert}&sslmode=verify-ca";
      }
      (lib.mkIf (cfg.sslCertificate != null && cfg.sslCertificateKey != null) {
        https-certificate-file = "${runtime}/ssl/ssl_cert";
        https-certificate-key-file = "${runtime}/ssl/ssl_key";
      })
    ];

    systemd.services.keycloak = {
      wantedBy = [ "multi-user.target" ];
      path = [ cfg.package ];
      environment = {
        JAVA_HOME = pkgs.jre_headless.home;
        KC_BOOTSTRAP_ADMIN_USERNAME = lib.mkIf (cfg.initialAdminPassword != null) "admin";
        KC_BOOTSTRAP_ADMIN_PASSWORD = lib.mkIf (cfg.initialAdminPassword != null) cfg.initialAdminPassword;
      };
      script = ''
        umask 0077
        ln -s ${cfg.package.home}/themes ${cfg.package.home}/providers ${cfg.package.home}/lib ${runtime}
        mkdir ${runtime}/conf ${runtime}/ssl
        install --mode 0600 ${configuration} ${runtime}/conf/keycloak.conf
        ${lib.concatStrings (lib.mapAttrsToList addSecret secret)}
        ${lib.optionalString (
          settings ? https-certificate-file
        ) ''cp "$CREDENTIALS_DIRECTORY"/ssl_{cert,key} ${runtime}/ssl''}
        # On NixOS, the package takes these folders from the environment.
        exec kc.sh -Dkc.home.dir=${runtime} -Djboss.server.config.dir=${runtime}/conf \
          --verbose start --optimized
      '';
      serviceConfig = {
        User = "keycloak";
        Group = "keycloak";
        DynamicUser = true;
        RuntimeDirectory = "keycloak";
        RuntimeDirectoryMode = "0700";
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        LoadCredential =
          map (value: "${baseNameOf value._secret}:${value._secret}") (lib.attrValues secret)
          ++ lib.optionals (settings ? https-certificate-file) [
            "ssl_cert:${cfg.sslCertificate}"
            "ssl_key:${cfg.sslCertificateKey}"
          ];
      };
    };
  };
}
