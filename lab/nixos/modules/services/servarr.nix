# Sonarr, Radarr and Prowlarr. No registry serves their packages: they are evaluated here, and not run.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  option =
    type: default: description:
    mkOption { inherit type default description; };

  # What the three have in common; `own` is true for what the other two have besides.
  optionsOf =
    name: title: port: dataDir: own:
    {
      enable = lib.mkEnableOption title;
      package = lib.mkPackageOption pkgs name { };
      dataDir = option types.str dataDir "Its folder.";
      environmentFiles = option (types.listOf types.path) [ ] "Files with settings that are secret.";
      openFirewall = option types.bool false "Whether everyone may reach its port.";
      settings = mkOption {
        type = types.submodule {
          freeformType = (pkgs.formats.ini { }).type;
          options = {
            log.analyticsEnabled = option types.bool false "Whether it reports how it is used.";
            server.port = option types.port port "Port that it listens on.";
            update.automatically = option types.bool false "Whether it updates itself.";
            update.mechanism = option (types.nullOr (
              types.enum [
                "external"
                "builtIn"
                "script"
              ]
            )) "external" "What updates it.";
          };
        };
        default = { };
        description = "Its settings, by section.";
      };
    }
    // lib.optionalAttrs own {
      group = option types.str name "Group that it runs as.";
      user = option types.str name "User who it runs as.";
    };

  word = value: if lib.isBool value then lib.boolToString value else toString value;
  variables =
    name: settings:
    lib.concatMapAttrs (
      section: values:
      lib.mapAttrs' (
        key: value: lib.nameValuePair (lib.toUpper "${name}__${section}__${key}") (word value)
      ) (lib.filterAttrs (_: value: value != null) values)
    ) settings;

  common = name: title: cfg: {
    description = title;
    after = [ "network.target" ];
    wantedBy = [ "multi-user.target" ];
    environment = variables name cfg.settings;
    unitConfig.RequiresMountsFor = [ cfg.dataDir ];
  };
  # Those that have users of their own.
  own = name: title: {
    networking.firewall.allowedTCPPorts =
      lib.optional config.services.${name}.openFirewall
        config.services.${name}.settings.server.port;
    users = accounts name;
    systemd.services.${name} = common name title config.services.${name} // {
      serviceConfig = hardened config.services.${name} // {
        ExecStart = "${lib.getExe config.services.${name}.package} -nobrowser -data=${
          config.services.${name}.dataDir
        }";
        StateDirectory = lib.mkIf (name == "sonarr") "sonarr";
      };
    };
  };
  accounts =
    name:
    let
      cfg = config.services.${name};
    in
    {
      groups.${name} = lib.mkIf (cfg.group == name) { };
      users.${name} = lib.mkIf (cfg.user == name) {
        isSystemUser = true;
        inherit (cfg) group;
        home = cfg.dataDir;
      };
    };
  hardened =
    cfg:
    hardening
    // {
      Type = "simple";
      User = cfg.user;
      Group = cfg.group;
      EnvironmentFile = cfg.environmentFiles;
      Restart = "on-failure";
      UMask = "0022";
      CapabilityBoundingSet = "";
      NoNewPrivileges = true;
      PrivateDevices = true;
      PrivateTmp = true;
      PrivateUsers = true;
      ProtectHome = true;
      ProtectProc = "invisible";
      RemoveIPC = true;
      RestrictAddressFamilies = [
        "AF_INET"
        "AF_INET6"
        "AF_UNIX"
      ];
      RestrictSUIDSGID = true;
      SystemCallArchitectures = "native";
      SystemCallFilter = [
        "@system-service"
        "~@privileged"
        "~@debug"
        "~@mount"
        "@chown"
      ];
    };
  prowlarr = config.services.prowlarr;
in
{
  options.services = {
    prowlarr = optionsOf "prowlarr" "Prowlarr" 9696 "/var/lib/prowlarr" false;
    radarr = optionsOf "radarr" "Radarr" 7878 "/var/lib/radarr/.config/Radarr" true;
    sonarr = optionsOf "sonarr" "Sonarr" 8989 "/var/lib/sonarr/.config/NzbDrone" true;
  };

  config = lib.mkMerge [
    (lib.mkIf config.services.radarr.enable (own "radarr" "Radarr"))
    (lib.mkIf config.services.radarr.enable {
      systemd.tmpfiles.rules = [
        "d ${config.services.radarr.dataDir} 0700 ${config.services.radarr.user} ${config.services.radarr.group} - -"
      ];
    })
    (lib.mkIf config.services.sonarr.enable (own "sonarr" "Sonarr"))
    (lib.mkIf prowlarr.enable {
      networking.firewall.allowedTCPPorts = lib.optional prowlarr.openFirewall prowlarr.settings.server.port;
      systemd.services.prowlarr =
        let
          unit = common "prowlarr" "Prowlarr" prowlarr;
        in
        unit
        // {
          environment = unit.environment // {
            HOME = "/var/empty";
          };
          serviceConfig = {
            Type = "simple";
            DynamicUser = true;
            EnvironmentFile = prowlarr.environmentFiles;
            StateDirectory = "prowlarr";
            ExecStart = "${lib.getExe prowlarr.package} -nobrowser -data=/var/lib/prowlarr";
            Restart = "on-failure";
          };
        };
    })
  ];
}
