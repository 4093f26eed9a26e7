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
    };
  };
  # Each login may be a separate unit. The deployment's own login must outlive the switch.
  systemd.services."sshd@" = lib.mkIf config.services.openssh.startWhenNeeded {
    restartIfChanged = false;
  };
  users.users.root.openssh.authorizedKeys.keys = keys;
}
