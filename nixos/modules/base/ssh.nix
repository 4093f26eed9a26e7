# Root logs in with a key of the manifest and in no other way.
{ config, lib, ... }:
let
  keys = config.nixmox.network.sshKeys;
in
{
  services.openssh = {
    enable = true;
    openFirewall = false;
    # The key that the container was made with counts only until the manifest names some, so that
    # a key taken out of the manifest no longer opens anything.
    authorizedKeysInHomedir = keys == [ ];
    settings = {
      PermitRootLogin = "prohibit-password";
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
    };
  };
  # A login may be a unit of its own, and the deployment's is one: it must outlive the switch.
  systemd.services."sshd@" = lib.mkIf config.services.openssh.startWhenNeeded {
    restartIfChanged = false;
  };
  users.users.root.openssh.authorizedKeys.keys = keys;
}
