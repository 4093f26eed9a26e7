# OpenDKIM: signs what those who log in send, with a key that this host makes and keeps, and checks the
# signatures of what comes in.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) network;
  inherit (config.nixmox.mail) dkimSelector domain;
  inherit (config.services.opendkim) keyPath;
  milter = "unix:${lib.removePrefix "local:" config.services.opendkim.socket}";
in
{
  services.opendkim = {
    enable = true;
    domains = "csl:${domain}";
    selector = dkimSelector;
    # Postfix alone may speak to it.
    inherit (config.services.postfix) group;
    settings = {
      UMask = "007";
      Canonicalization = "relaxed/relaxed";
      Mode = "sv";
      # It would ask the root servers by itself.
      Nameservers = lib.concatStringsSep "," network.nameservers;
      # A header of that name which someone adds later makes the signature invalid.
      OversignHeaders = "From";
    };
  };
  services.postfix.settings.main = {
    smtpd_milters = [ milter ];
    non_smtpd_milters = [ milter ];
  };

  environment.systemPackages = [
    (pkgs.writeShellApplication {
      name = "nixmox-dkim-record";
      runtimeInputs = [
        pkgs.coreutils
        pkgs.openssl
      ];
      text = ''
        selector=${dkimSelector} domain=${domain} keys=${keyPath}
        ${builtins.readFile ./nixmox-dkim-record.sh}
      '';
    })
  ];
  nixmox.sandbox.opendkim = { };
  nixmox.state.dkim = {
    directory = keyPath;
    units = [ "opendkim.service" ];
  };
}
