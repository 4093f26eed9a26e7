# Mail for the homelab: Postfix takes it, Dovecot keeps it and knows the passwords, and OpenDKIM signs
# what leaves. Mailboxes are the service's secrets `mailbox-NAME`, its passwords.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    certificate
    mail
    secrets
    service
    signIns
    ;
  inherit (mail) aliases domain mailboxes;
  nixmoxLib = import ../../lib { inherit lib; };

  # What each port is for is fixed: others find them by number.
  known = {
    smtp = 25;
    submissions = 465;
    submission = 587;
    imaps = 993;
  };
  serves = lib.mapAttrs (_: port: lib.elem port service.ports) known;
  others = lib.filter (port: !lib.elem port (lib.attrValues known)) service.ports;

  # Where mail for each name goes, beside the mailboxes themselves. Everyone expects the first ones.
  customary = lib.filter (name: !lib.elem name mailboxes) [
    "abuse"
    "hostmaster"
    "postmaster"
    "root"
  ];
  forwards = lib.genAttrs customary (_: [ mail.postmaster ]) // aliases;
  isKnown = name: lib.hasInfix "@" name || lib.elem name mailboxes || forwards ? ${name};
  unknown = lib.filter (name: !isKnown name) (lib.concatLists (lib.attrValues forwards));
  taken = lib.filter (name: lib.elem name mailboxes) (lib.attrNames aliases);

  parts = {
    inherit
      config
      forwards
      lib
      nixmoxLib
      pkgs
      serves
      ;
  };
in
{
  imports = [ ./options.nix ];

  config =
    nixmoxLib.require
      [
        {
          assertion = certificate != null;
          message = "Unable to configure ${service.name}: mail and passwords travel over TLS alone, and this host has no certificate. Set `interface.certificate = true` in the manifest.";
        }
        {
          assertion = mailboxes != [ ];
          message = "Unable to configure ${service.name}: nobody has a mailbox. Set `interface.secrets.mailbox-NAME = {}` in the manifest for each, such as mailbox-anna for anna@${domain}.";
        }
        {
          assertion = serves.imaps && (serves.submissions || serves.submission);
          message = "Unable to configure ${service.name}: people read mail on port 993 and send it on port 465 or 587. Set `ports = [25, 465, 587, 993]` in the manifest, or tables that say who may reach each.";
        }
        {
          assertion = others == [ ];
          message = "Unable to configure ${service.name}: nothing would listen on port ${
            lib.concatMapStringsSep ", " toString others
          }. Leave only 25, 465, 587 and 993 in `ports` in the manifest.";
        }
        {
          assertion = service.unit == "mail.service";
          message = "Unable to configure ${service.name}: a new password or certificate would restart ${service.unit}, which does not read it. Set `unit = \"mail.service\"` in the manifest.";
        }
        {
          assertion = signIns == { };
          message = "Unable to configure ${service.name}: mail programs log in with the password of a mailbox, not at the identity provider. Remove `interface.auth` from the manifest.";
        }
        {
          assertion = mail.relay == null || secrets ? relay-password;
          message = "Unable to configure ${service.name}: nixmox.mail.relay names an account, and its password is missing. Set `interface.secrets.relay-password = { generate = false }` in the manifest.";
        }
        {
          # Without any mailbox, there is none that the first one could be.
          assertion = mailboxes == [ ] || unknown == [ ];
          message = "Unable to configure ${service.name}: mail would go to ${lib.concatStringsSep ", " (lib.unique unknown)}, which is no mailbox. Set `interface.secrets.mailbox-NAME = {}` in the manifest, or correct nixmox.mail.aliases and nixmox.mail.postmaster.";
        }
        {
          assertion = taken == [ ];
          message = "Unable to configure ${service.name}: ${lib.concatStringsSep ", " taken} is a mailbox and an alias. Remove it from nixmox.mail.aliases, or its secret from the manifest.";
        }
      ]
      (
        lib.mkMerge [
          (import ./postfix.nix parts)
          (import ./dovecot.nix parts)
          (import ./dkim.nix parts)
        ]
      );
}
