# OpenSSH is how the host is reached, so a change reloads it and sessions continue.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.openssh;
  word = value: if lib.isBool value then (if value then "yes" else "no") else toString value;
  keyFiles = lib.optional cfg.authorizedKeysInHomedir "%h/.ssh/authorized_keys" ++ [
    "/etc/ssh/authorized_keys.d/%u"
  ];
  sshdConfig = ''
    ${lib.concatMapStrings (port: "Port ${toString port}\n") cfg.ports}
    ${lib.concatStrings (
      lib.mapAttrsToList (name: value: "${name} ${word value}\n") (
        lib.filterAttrs (_: value: value != null) cfg.settings
      )
    )}
    AuthorizedKeysFile ${lib.concatStringsSep " " keyFiles}
    UsePAM yes
    PrintMotd no
    Subsystem sftp internal-sftp
    SetEnv PATH=/run/current-system/sw/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  '';
  withKeys = lib.filterAttrs (_: user: user.openssh.authorizedKeys.keys != [ ]) config.users.users;
in
{
  options.services.openssh = {
    enable = lib.mkEnableOption "OpenSSH";
    openFirewall = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the firewall lets everyone reach it.";
    };
    startWhenNeeded = mkOption {
      type = types.bool;
      default = false;
      description = "Whether each login is a separate unit; here it never is.";
    };
    ports = mkOption {
      type = types.listOf types.port;
      default = [ 22 ];
      description = "Ports that it listens on.";
    };
    authorizedKeysInHomedir = mkOption {
      type = types.bool;
      default = true;
      description = "Whether users may keep further keys in their home directories.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = (pkgs.formats.keyValue { }).type;
        options = {
          PermitRootLogin = mkOption {
            type = types.nullOr (
              types.enum [
                "yes"
                "without-password"
                "prohibit-password"
                "forced-commands-only"
                "no"
              ]
            );
            default = "prohibit-password";
            description = "How root may log in.";
          };
          PasswordAuthentication = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether passwords are accepted.";
          };
          KbdInteractiveAuthentication = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether questions may be asked.";
          };
        };
      };
      default = { };
      description = "Lines of sshd_config.";
    };
  };

  config = lib.mkIf cfg.enable {
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall cfg.ports;
    environment.etc = {
      "ssh/sshd_config".text = sshdConfig;
    }
    // lib.mapAttrs' (
      name: user:
      lib.nameValuePair "ssh/authorized_keys.d/${name}" {
        text = lib.concatLines user.openssh.authorizedKeys.keys;
      }
    ) withKeys;

    # Debian's name for the unit; NixOS's is an alias that Debian's package created.
    systemd.services.ssh = {
      description = "SSH Daemon";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      reloadIfChanged = true;
      restartTriggers = [ (builtins.hashString "sha256" sshdConfig) ];
      serviceConfig = {
        Type = "notify";
        ExecStartPre = [ "/usr/sbin/sshd -t" ];
        ExecStart = "/usr/sbin/sshd -D";
        ExecReload = [
          "/usr/sbin/sshd -t"
          "/bin/kill -HUP $MAINPID"
        ];
        KillMode = "process";
        Restart = "on-failure";
        RuntimeDirectory = "sshd";
        RuntimeDirectoryMode = "0755";
        RuntimeDirectoryPreserve = true;
      };
    };
  };
}
