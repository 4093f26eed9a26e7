# What a host file may say about mail beyond the manifest.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (config.nixmox) network secrets;
  prefix = "mailbox-";
in
{
  options.nixmox.mail = {
    mailboxes = mkOption {
      type = types.listOf types.str;
      readOnly = true;
      description = "Names of the mailboxes: each secret `mailbox-NAME` of the service is the password of one.";
    };
    domain = mkOption {
      type = types.str;
      default = if lib.hasInfix "." network.domain then network.domain else "mail.${network.domain}";
      defaultText = lib.literalExpression "config.nixmox.network.domain";
      example = "example.com";
      description = "Domain of the addresses. By default the homelab's own, with `mail.` before one of a single label, as users' addresses have it.";
    };
    postmaster = mkOption {
      type = types.str;
      default = lib.findFirst (_: true) "" config.nixmox.mail.mailboxes;
      defaultText = lib.literalExpression "the first of config.nixmox.mail.mailboxes";
      example = "anna";
      description = "Mailbox that gets what is sent to postmaster, abuse, hostmaster and root, where these are neither mailboxes nor aliases.";
    };
    aliases = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example = {
        info = [
          "anna"
          "bob@example.org"
        ];
      };
      description = "Further names in the domain, each with the mailboxes, aliases or addresses elsewhere that get its mail. The owners of those mailboxes may send as that name.";
    };
    relay = mkOption {
      type = types.nullOr (
        types.submodule {
          options = {
            host = mkOption {
              type = types.str;
              example = "smtp.example.com";
              description = "Its name, which its certificate must be for.";
            };
            port = mkOption {
              type = types.port;
              default = 587;
              description = "Its port: 465 for TLS from the start, others with STARTTLS.";
            };
            user = mkOption {
              type = types.str;
              example = "anna@example.com";
              description = "The account there. Its password is the secret `relay-password`.";
            };
          };
        }
      );
      default = null;
      description = "Server that passes on all mail for other domains. Null: it goes to each domain's own servers.";
    };
    dkimSelector = mkOption {
      type = types.strMatching "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
      default = "mail";
      example = "mail2027";
      description = "Name of the key that signs mail. Another name makes another key, which is how it is renewed.";
    };
  };

  config.nixmox.mail.mailboxes = map (lib.removePrefix prefix) (
    lib.filter (lib.hasPrefix prefix) (lib.attrNames secrets)
  );
}
