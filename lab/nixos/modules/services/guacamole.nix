# Guacamole, of which the lab has no packages: its units are NixOS's, its programs others'.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  word = value: if lib.isBool value then lib.boolToString value else toString value;
  properties =
    types.attrsOf (
      types.oneOf [
        types.bool
        types.int
        types.str
      ]
    )
    // {
      description = "Java properties";
    };
in
{
  options.services = {
    guacamole-server = {
      enable = lib.mkEnableOption "Apache Guacamole Server (guacd)";
      package = lib.mkPackageOption pkgs "guacamole-server" { };
      extraEnvironment = option (types.attrsOf types.str) { } "Environment variables of guacd.";
      host = option types.str "127.0.0.1" "Address that it listens on.";
      port = option types.port 4822 "Port that it listens on.";
    };
    guacamole-client = {
      enable = lib.mkEnableOption "Apache Guacamole Client (Tomcat)";
      package = lib.mkPackageOption pkgs "guacamole-client" { };
      enableWebserver = option types.bool true "Whether Tomcat serves its pages.";
      settings = option (types.submodule { freeformType = properties; }) {
        guacd-hostname = "localhost";
        guacd-port = 4822;
      } "Settings in guacamole.properties.";
      userMappingXml = option (types.nullOr types.path) null "File with users and their connections.";
      logbackXml = option (types.nullOr types.path) null "File with settings of the log.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.guacamole-server.enable {
      systemd.services.guacamole-server = {
        description = "Apache Guacamole server (guacd)";
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        environment = {
          HOME = "/run/guacamole-server";
        }
        // cfg.guacamole-server.extraEnvironment;
        serviceConfig = {
          ExecStart = "${lib.getExe cfg.guacamole-server.package} -f -b ${cfg.guacamole-server.host} -l ${toString cfg.guacamole-server.port}";
          RuntimeDirectory = "guacamole-server";
          DynamicUser = true;
          PrivateTmp = "yes";
          Restart = "on-failure";
        };
      };
    })
    (lib.mkIf cfg.guacamole-client.enable {
      environment.etc = {
        "guacamole/guacamole.properties" = lib.mkIf (cfg.guacamole-client.settings != { }) {
          source = pkgs.writeText "guacamole.properties" (
            lib.concatStrings (
              lib.mapAttrsToList (name: value: "${name} = ${word value}\n") cfg.guacamole-client.settings
            )
          );
        };
        "guacamole/user-mapping.xml" = lib.mkIf (cfg.guacamole-client.userMappingXml != null) {
          source = cfg.guacamole-client.userMappingXml;
        };
        "guacamole/logback.xml" = lib.mkIf (cfg.guacamole-client.logbackXml != null) {
          source = cfg.guacamole-client.logbackXml;
        };
      };
      services.tomcat = lib.mkIf cfg.guacamole-client.enableWebserver {
        enable = true;
        webapps = [ cfg.guacamole-client.package ];
      };
    })
  ];
}
