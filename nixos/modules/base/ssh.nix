# Root logs in with a key from the manifest and in no other way.
{ config, lib, ... }:
let
  keys = config.nixmox.network.sshKeys;
in
{
  services.openssh = {
    enable = true;
    openFirewall = false;
    # The key that the container was created with is valid only until the manifest names some, so that
    # a key removed from the manifest no longer gives access.
    authorizedKeysInHomedir = keys == [ ];
    settings = {
      PermitRootLogin = "prohibit-password";
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
      AuthenticationMethods = "publickey";
      MaxAuthTries = 4;
      LoginGraceTime = 30;
      # One address cannot take up all logins that have just begun; a deployment begins many at once.
      MaxStartups = "100:30:200";
      PerSourceMaxStartups = 20;
      # The journal names the key of each login.
      LogLevel = "VERBOSE";
      # A login may connect from here, for a look at what is closed to the network. Nothing listens here
      # for it, and nothing reaches back to where it came from.
      AllowTcpForwarding = "local";
      AllowStreamLocalForwarding = "local";
      AllowAgentForwarding = false;
      X11Forwarding = false;
    };
  };
  # Each login may be a separate unit. The deployment's own login must outlive the switch.
  systemd.services."sshd@" = lib.mkIf config.services.openssh.startWhenNeeded {
    restartIfChanged = false;
  };
  users.users.root.openssh.authorizedKeys.keys = keys;
}
