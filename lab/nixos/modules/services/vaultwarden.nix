# Vaultwarden, of which the lab has no package: its unit is NixOS's, its program another's.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.vaultwarden;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  folder =
    if lib.versionOlder config.system.stateVersion "24.11" then "bitwarden_rs" else "vaultwarden";
  word = value: if lib.isBool value then lib.boolToString value else toString value;
  environment = {
    DATA_FOLDER = "/var/lib/${folder}";
    WEB_VAULT_FOLDER = "${cfg.webVaultPackage}/share/vaultwarden/vault";
  }
  // lib.mapAttrs (_: word) (lib.filterAttrs (_: value: value != null) cfg.config);
  configFile = pkgs.writeText "vaultwarden.env" (
    lib.concatStrings (lib.mapAttrsToList (name: value: "${name}=${value}\n") environment)
  );
  program = cfg.package.override { inherit (cfg) dbBackend; };
in
{
  options.services.vaultwarden = {
    enable = lib.mkEnableOption "vaultwarden";
    package = lib.mkPackageOption pkgs "vaultwarden" { };
    webVaultPackage = option types.package pkgs.vaultwarden.webvault "The package of its pages.";
    dbBackend = option (types.enum [
      "sqlite"
      "mysql"
      "postgresql"
    ]) "sqlite" "What kind of database it uses.";
    domain = option (types.nullOr types.str) null "Its public name.";
    configureNginx = option types.bool false "Whether nginx publishes it; the lab has none.";
    configurePostgres =
      option types.bool false
        "Whether its database is on this host; the lab has it elsewhere.";
    config =
      option
        (types.attrsOf (
          types.nullOr (
            types.oneOf [
              types.bool
              types.int
              types.str
            ]
          )
        ))
        {
          ROCKET_ADDRESS = "::1";
          ROCKET_PORT = 8222;
        }
        "Its settings, by the names of their variables.";
    environmentFile = option (types.coercedTo types.path (path: [ path ]) (
      types.listOf types.path
    )) [ ] "Files with further variables.";
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !cfg.configureNginx && !cfg.configurePostgres;
        message = "The lab has Vaultwarden's proxy and database on other hosts. Leave services.vaultwarden.configureNginx and configurePostgres out.";
      }
      {
        assertion = lib.all (name: builtins.match "[A-Z0-9_]+" name != null) (lib.attrNames cfg.config);
        message = "The lab knows Vaultwarden's settings by the names of their variables. Write those of services.vaultwarden.config in capitals.";
      }
    ];
    services.vaultwarden.config.DOMAIN = lib.mkIf (cfg.domain != null) "https://${cfg.domain}";

    users.users.vaultwarden = {
      isSystemUser = true;
      group = "vaultwarden";
    };
    users.groups.vaultwarden = { };

    systemd.services.vaultwarden = {
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      wantedBy = [ "multi-user.target" ];
      path = [ pkgs.openssl ];
      serviceConfig = hardening // {
        User = "vaultwarden";
        Group = "vaultwarden";
        EnvironmentFile = [ configFile ] ++ cfg.environmentFile;
        ExecStart = lib.getExe program;
        LimitNOFILE = "1048576";
        Restart = "always";
        StateDirectory = folder;
        StateDirectoryMode = "0700";

        CapabilityBoundingSet = [ "" ];
        DeviceAllow = [ "" ];
        DevicePolicy = "closed";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProcSubset = "pid";
        ProtectHome = true;
        ProtectProc = "noaccess";
        ProtectSystem = "strict";
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
        ];
        UMask = "0077";
      };
    };
  };
}
