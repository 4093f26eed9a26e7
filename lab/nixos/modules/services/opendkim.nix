# OpenDKIM, which signs mail.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  hardening = import ../../eval/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.opendkim;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  ownSocket = "local:/run/opendkim/opendkim.sock";
  settingsFile = pkgs.writeText "opendkim.conf" (
    lib.concatStringsSep "\n" (lib.mapAttrsToList (name: value: "${name} ${value}") cfg.settings)
  );
  key = "${cfg.keyPath}/${cfg.selector}.private";
in
{
  options.services.opendkim = {
    enable = lib.mkEnableOption "OpenDKIM";
    socket = option types.str ownSocket "Where it listens.";
    user = option types.str "opendkim" "User that it runs as.";
    group = option types.str "opendkim" "Group that it runs as.";
    domains =
      option types.str "csl:${config.networking.hostName}"
        "Domains whose mail it signs, as opendkim(8) writes sets.";
    keyPath = option types.path "/var/lib/opendkim/keys" "Folder of its keys.";
    selector = mkOption {
      type = types.str;
      description = "Name of the key that signs.";
    };
    settings = mkOption {
      type = types.submodule { freeformType = types.attrsOf types.str; };
      default = { };
      description = "Further settings.";
    };
    configFile = option (types.nullOr types.path) null "File with further settings.";
  };

  config = lib.mkIf cfg.enable {
    services.opendkim.configFile = lib.mkIf (cfg.settings != { }) settingsFile;
    environment.etc = lib.mkIf (cfg.settings != { }) {
      "opendkim/opendkim.conf".source = settingsFile;
    };
    environment.systemPackages = [ pkgs.opendkim ];
    users.users.opendkim = lib.mkIf (cfg.user == "opendkim") {
      isSystemUser = true;
      inherit (cfg) group;
    };
    users.groups.opendkim = lib.mkIf (cfg.group == "opendkim") { };
    systemd.tmpfiles.rules = [ "d '${cfg.keyPath}' - ${cfg.user} ${cfg.group} - -" ];

    systemd.services.opendkim = {
      description = "OpenDKIM signing and verification daemon";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      preStart = ''
        cd ${lib.escapeShellArg cfg.keyPath}
        if ! [ -f ${key} ]; then
          ${pkgs.opendkim}/bin/opendkim-genkey -s ${cfg.selector} -d all-domains-generic-key
          echo 'Generated an OpenDKIM key. Update the DNS:'
          cat ${cfg.selector}.txt
        fi
      '';
      serviceConfig = hardening // {
        ExecStart = "${pkgs.opendkim}/bin/opendkim ${
          lib.escapeShellArgs (
            [
              "-f"
              "-l"
              "-p"
              cfg.socket
              "-d"
              cfg.domains
              "-k"
              key
              "-s"
              cfg.selector
            ]
            ++ lib.optionals (cfg.configFile != null) [
              "-x"
              cfg.configFile
            ]
          )
        }";
        User = cfg.user;
        Group = cfg.group;
        RuntimeDirectory = lib.optional (cfg.socket == ownSocket) "opendkim";
        StateDirectory = "opendkim";
        StateDirectoryMode = "0700";
        ReadWritePaths = [ cfg.keyPath ];

        AmbientCapabilities = [ ];
        CapabilityBoundingSet = "";
        DevicePolicy = "closed";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        RemoveIPC = true;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6 AF_UNIX"
        ];
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service"
          "~@privileged @resources"
        ];
        UMask = "0077";
      };
    };
  };
}
