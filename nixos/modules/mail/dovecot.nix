# Dovecot: keeps the mailboxes, shows them over IMAP, and checks everyone's password.
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
    ;
  inherit (config.services) postfix;
  inherit (config.services.dovecot2) package settings;
  credentials = "/run/credentials/dovecot.service";
  directory = "/var/lib/vmail";
  passwords = "/run/mailboxes/passwords";

  # For Postfix alone.
  socket = {
    mode = "0600";
    inherit (postfix) user group;
  };
  folder = use: {
    auto = "subscribe";
    special_use = "\\${use}";
  };

  # Up to 2.3, the same is said in other words.
  ofVersion =
    if lib.versionOlder package.version "2.4" then
      {
        mail_home = "${directory}/%d/%n";
        mail_location = "maildir:~/Maildir";
        disable_plaintext_auth = true;
        ssl_cert = "<${credentials}/certificate";
        ssl_key = "<${credentials}/key";
        passdb = {
          driver = "passwd-file";
          args = "username_format=%u ${passwords}";
        };
        userdb = {
          driver = "passwd-file";
          args = "username_format=%u ${passwords}";
        };
      }
    else
      {
        # What these settings and files were written for.
        dovecot_config_version = lib.mkDefault "2.4.0";
        dovecot_storage_version = lib.mkDefault "2.4.0";
        mail_home = "${directory}/%{user | domain}/%{user | username}";
        mail_driver = "maildir";
        mail_path = "~/Maildir";
        auth_allow_cleartext = false;
        ssl_server_cert_file = "${credentials}/certificate";
        ssl_server_key_file = "${credentials}/key";
        "passdb passwd-file".passwd_file_path = passwords;
        "userdb passwd-file".passwd_file_path = passwords;
      };

  # Hashes, by address.
  writePasswords = pkgs.writeShellApplication {
    name = "write-passwords";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.mkpasswd
    ];
    text = builtins.readFile ./write-passwords.sh;
  };
in
{
  services.dovecot2 = {
    enable = true;
    settings = {
      listen = service.ip;
      protocols = [
        "imap"
        "lmtp"
      ];
      mail_uid = "vmail";
      mail_gid = "vmail";
      first_valid_uid = 100;
      recipient_delimiter = "+";
      ssl = "required";
      ssl_min_protocol = "TLSv1.2";
      "service imap-login" = {
        "inet_listener imap".port = 0;
        "inet_listener imaps" = {
          port = 993;
          ssl = true;
        };
      };
      "service auth"."unix_listener postfix-auth" = socket;
      "service lmtp"."unix_listener postfix-lmtp" = socket;
      "namespace inbox" = {
        inbox = true;
        separator = "/";
        "mailbox Archive" = folder "Archive";
        "mailbox Drafts" = folder "Drafts";
        "mailbox Junk" = folder "Junk";
        "mailbox Sent" = folder "Sent";
        "mailbox Trash" = folder "Trash";
      };
    }
    // ofVersion;
  };

  systemd.tmpfiles.rules = [ "d ${directory} 0700 ${settings.mail_uid} ${settings.mail_gid} -" ];

  # The service's unit. Whatever restarts it, such as another password or a new certificate, restarts
  # all of it.
  systemd.services.mail = {
    description = "Passwords of the mailboxes";
    wantedBy = [ "multi-user.target" ];
    wants = [
      "dovecot.service"
      "postfix.service"
    ];
    before = [ "dovecot.service" ];
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      Group = settings.default_internal_group;
      RuntimeDirectory = "mailboxes";
      RuntimeDirectoryMode = "0750";
      LoadCredential = map (name: "${name}:${secrets."mailbox-${name}".path}") mail.mailboxes;
      ExecStart = "${lib.getExe writePasswords} ${passwords} ${
        lib.escapeShellArgs ([ mail.domain ] ++ mail.mailboxes)
      }";
    };
  };

  systemd.services.dovecot = {
    requires = [ "mail.service" ];
    after = [ "mail.service" ];
    serviceConfig = {
      StateDirectory = "dovecot";
      LoadCredential = [
        "certificate:${certificate.certFile}"
        "key:${certificate.keyFile}"
      ];
    };
  };

  nixmox.sandbox = {
    mail = {
      # The file is for Dovecot's group.
      PrivateUsers = false;
      UMask = "0027";
    };
    dovecot = {
      # Its parts run as users of their own, in empty directories, and some still as root.
      CapabilityBoundingSet = [
        ""
        "CAP_CHOWN"
        "CAP_DAC_OVERRIDE"
        "CAP_FOWNER"
        "CAP_KILL"
        "CAP_NET_BIND_SERVICE"
        "CAP_SETGID"
        "CAP_SETUID"
        "CAP_SYS_CHROOT"
        "CAP_SYS_RESOURCE"
      ];
      NoNewPrivileges = true;
      PrivateUsers = false;
      ProtectHome = true;
      ProtectSystem = "strict";
      ReadWritePaths = [ directory ];
      RestrictAddressFamilies = [
        "AF_INET"
        "AF_INET6"
        "AF_NETLINK"
        "AF_UNIX"
      ];
      RestrictSUIDSGID = true;
      SystemCallFilter = [
        "@system-service"
        "~@privileged"
        "@chown"
        "@setuid"
        "capset"
        "chroot"
      ];
    };
  };
  nixmox.state.mail = {
    inherit directory;
    units = [ "dovecot.service" ];
  };
}
