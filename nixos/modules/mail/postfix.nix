# Postfix: takes mail for the domain from anyone, and for elsewhere from those who log in.
{
  config,
  forwards,
  lib,
  nixmoxLib,
  pkgs,
  serves,
}:
let
  inherit (config.nixmox)
    certificate
    mail
    secrets
    service
    ;
  inherit (mail) domain mailboxes relay;
  credentials = "/run/credentials/postfix.service";
  relayLogin = "/run/postfix-relay/login";
  at = name: if lib.hasInfix "@" name then name else "${name}@${domain}";
  table =
    name: entries:
    "texthash:${
      pkgs.writeText name (lib.concatLines (lib.mapAttrsToList (key: value: "${key} ${value}") entries))
    }";
  ofMailboxes = lib.genAttrs (map at mailboxes);
  atDomain = lib.mapAttrs' (name: value: lib.nameValuePair (at name) value);

  # An address belongs to its mailbox, and an alias to the mailboxes that it leads to.
  owners = lib.filter (name: lib.elem name mailboxes);
  ownersOf =
    ofMailboxes lib.id
    // atDomain (
      lib.mapAttrs (_: targets: lib.concatMapStringsSep "," at (owners targets)) (
        lib.filterAttrs (_: targets: owners targets != [ ]) forwards
      )
    );

  # A port for mail programs: nothing without a login, and nobody under another's address.
  forLogins = {
    smtpd_tls_security_level = "encrypt";
    smtpd_sasl_auth_enable = "yes";
    smtpd_client_restrictions = "permit_sasl_authenticated,reject";
    smtpd_relay_restrictions = "permit_sasl_authenticated,reject";
    smtpd_sender_restrictions = "reject_sender_login_mismatch";
    milter_macro_daemon_name = "ORIGINATING";
  };

  # As root, before Postfix starts: it reads the file before it gives up its rights.
  writeRelayLogin = pkgs.writeShellScript "write-relay-login" ''
    set -eu
    umask 0077
    printf '[%s]:%s %s:%s\n' ${
      lib.escapeShellArgs [
        relay.host
        (toString relay.port)
        relay.user
      ]
    } \
      "$(<"$CREDENTIALS_DIRECTORY/relay-password")" >${relayLogin}
  '';
in
{
  services.postfix = {
    enable = true;
    enableSubmission = serves.submission;
    enableSubmissions = serves.submissions;
    submissionOptions = forLogins;
    submissionsOptions = forLogins;

    settings.main = {
      myhostname = service.hostname;
      mydomain = domain;
      myorigin = domain;
      # Nobody on this host has mail of their own.
      mydestination = "";
      inet_interfaces = [
        service.ip
        "127.0.0.1"
      ];
      inet_protocols = "ipv4";
      mynetworks = [ "127.0.0.0/8" ];
      recipient_delimiter = "+";
      message_size_limit = lib.mkDefault 52428800;
      mailbox_size_limit = 0;

      virtual_mailbox_domains = [ domain ];
      virtual_mailbox_maps = [ (table "mailboxes" (ofMailboxes (_: "OK"))) ];
      virtual_alias_maps = [
        (table "aliases" (atDomain (lib.mapAttrs (_: lib.concatMapStringsSep "," at) forwards)))
      ];
      virtual_transport = "lmtp:unix:/run/dovecot2/postfix-lmtp";

      smtpd_tls_chain_files = [
        "${credentials}/key"
        "${credentials}/certificate"
      ];
      # Other servers may not know TLS; passwords are asked for on other ports.
      smtpd_tls_security_level = "may";
      smtpd_tls_mandatory_protocols = ">=TLSv1.2";
      smtp_tls_mandatory_protocols = ">=TLSv1.2";
      smtpd_tls_auth_only = true;
      smtpd_sasl_type = "dovecot";
      smtpd_sasl_path = "/run/dovecot2/postfix-auth";

      disable_vrfy_command = true;
      smtpd_helo_required = true;
      smtpd_sender_login_maps = [ (table "owners" ownersOf) ];
      smtpd_relay_restrictions = [
        "permit_mynetworks"
        "reject_unauth_destination"
      ];
      # Others have no business with addresses of this domain; hosts below it are not meant.
      smtpd_sender_restrictions = [
        "permit_mynetworks"
        "reject_non_fqdn_sender"
        "check_sender_access ${
          table "senders" {
            ${domain} = "553 5.7.1 This domain's mail is handed in with a login, at port 465 or 587";
          }
        }"
      ];
      parent_domain_matches_subdomains = "";
      smtpd_data_restrictions = [ "reject_unauth_pipelining" ];
    }
    // lib.optionalAttrs (relay != null) {
      relayhost = [ "[${relay.host}]:${toString relay.port}" ];
      smtp_sasl_auth_enable = true;
      smtp_sasl_password_maps = [ "texthash:${relayLogin}" ];
      smtp_sasl_security_options = "noanonymous";
      smtp_tls_security_level = "secure";
      smtp_tls_wrappermode = relay.port == 465;
    };

    # Programs of this host may hand in mail there; others only if the manifest has the port.
    settings.master.smtp_inet = lib.mkIf (!serves.smtp) { name = lib.mkForce "127.0.0.1:smtp"; };
  };

  systemd.services.postfix =
    let
      others = [
        "dovecot.service"
        "opendkim.service"
        "network-online.target"
      ];
    in
    {
      requires = [ "mail.service" ];
      wants = others;
      after = others ++ [ "mail.service" ];
      serviceConfig = {
        LoadCredential = [
          "certificate:${certificate.certFile}"
          "key:${certificate.keyFile}"
        ]
        ++ lib.optional (relay != null) "relay-password:${secrets.relay-password.path}";
        ExecStartPre = lib.optional (relay != null) writeRelayLogin;
        RuntimeDirectory = lib.optional (relay != null) "postfix-relay";
        RuntimeDirectoryMode = "0700";
      };
    };

  nixmox.sandbox.postfix = nixmoxLib.lowPorts // {
    # Its parts run as users of their own, and some still as root.
    CapabilityBoundingSet = [
      ""
      "CAP_CHOWN"
      "CAP_DAC_OVERRIDE"
      "CAP_FOWNER"
      "CAP_KILL"
      "CAP_NET_BIND_SERVICE"
      "CAP_SETGID"
      "CAP_SETUID"
    ];
    AmbientCapabilities = [ "" ];
    SystemCallFilter = [
      "@system-service"
      "~@privileged"
      "@chown"
      "@setuid"
    ];
    ReadWritePaths = [ "/var/lib/postfix" ];
    RestrictAddressFamilies = [
      "AF_INET"
      "AF_INET6"
      "AF_NETLINK"
      "AF_UNIX"
    ];
  };
  nixmox.state.queue = {
    directory = "/var/lib/postfix/queue";
    units = [ "postfix.service" ];
  };
}
