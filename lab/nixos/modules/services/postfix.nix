# Postfix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.postfix;
  inherit (cfg.settings) main;
  master = import ../../eval/postfix-master.nix { inherit lib; };
  option =
    type: default: description:
    mkOption { inherit type default description; };
  flag = option types.bool;
  text = option types.lines "";
  mapType = option (types.enum [
    "hash"
    "regexp"
    "pcre"
  ]) "hash";

  word =
    each:
    if each == true then
      "yes"
    else if each == false then
      "no"
    else
      toString each;
  setting =
    name: each:
    "${builtins.replaceStrings [ "$" ] [ "$$" ] name} =${
      if lib.isList each then "\n  ${lib.concatStringsSep ",\n  " each}" else " ${word each}"
    }";
  mainFile = pkgs.writeText "postfix-main.cf" (
    lib.concatLines (lib.mapAttrsToList setting (lib.filterAttrs (_: each: each != null) main))
  );

  masterFile = pkgs.writeText "postfix-master.cf" (
    lib.concatLines (
      lib.mapAttrsToList (_: each: lib.concatStringsSep " " each.rawEntry) cfg.settings.master
    )
    + cfg.extraMasterConf
  );
  # For port 465, TLS comes first in any case.
  inner = cfg.submissionsOptions.smtpd_tls_security_level or "none";
  submissionsOptions =
    cfg.submissionsOptions
    // {
      smtpd_tls_wrappermode = "yes";
    }
    // lib.optionalAttrs (lib.elem inner [
      "none"
      "may"
    ]) { smtpd_tls_security_level = "encrypt"; };
  listener = settings: {
    type = "inet";
    private = false;
    command = "smtpd";
    args = lib.concatLists (
      lib.mapAttrsToList (name: value: [
        "-o"
        "${name}=${value}"
      ]) settings
    );
  };

  separator = lib.optionalString (cfg.aliasMapType == "hash") ":";
  aliases =
    lib.optionalString (cfg.postmasterAlias != "") "postmaster${separator} ${cfg.postmasterAlias}\n"
    + lib.optionalString (cfg.rootAlias != "") "root${separator} ${cfg.rootAlias}\n"
    + cfg.extraAliases;
  conf = "/var/lib/postfix/conf";
  program = lib.getExe' cfg.package;
  compiled =
    command:
    lib.mapAttrsToList (
      name: file: "ln -sf ${file} ${conf}/${name}\n${program command} ${conf}/${name}\n"
    );
in
{
  options.services.postfix = {
    enable = flag false "Whether Postfix runs.";
    package = lib.mkPackageOption pkgs "postfix" { };
    enableSmtp = flag true "Whether it speaks SMTP: takes mail at port 25, and passes it on.";
    enableSubmission = flag false "Whether mail programs hand in mail at port 587.";
    enableSubmissions = flag false "Whether mail programs hand in mail at port 465.";
    submissionOptions = option (types.attrsOf types.str) {
      smtpd_tls_security_level = "encrypt";
      smtpd_sasl_auth_enable = "yes";
      smtpd_client_restrictions = "permit_sasl_authenticated,reject";
      milter_macro_daemon_name = "ORIGINATING";
    } "Settings at port 587.";
    submissionsOptions = option (types.attrsOf types.str) {
      smtpd_sasl_auth_enable = "yes";
      smtpd_client_restrictions = "permit_sasl_authenticated,reject";
      milter_macro_daemon_name = "ORIGINATING";
    } "Settings at port 465.";
    user = option types.str "postfix" "User that it runs as.";
    group = option types.str "postfix" "Group that it runs as.";
    setgidGroup = option types.str "postdrop" "Group that local programs hand in mail as.";
    postmasterAlias = option types.str "root" "Who gets the postmaster's mail.";
    rootAlias = option types.str "" "Who gets root's mail.";
    extraAliases = text "Further lines of the aliases.";
    extraMasterConf = text "Further lines of master.cf.";
    aliasMapType = mapType "Kind of the aliases' table.";
    virtual = text "Lines of the table of virtual aliases.";
    virtualMapType = mapType "Kind of that table.";
    transport = text "Lines of the table of transports.";
    aliasFiles = option (types.attrsOf types.path) { } "Tables of aliases, by name.";
    mapFiles = option (types.attrsOf types.path) { } "Other tables, by name.";
    settings = {
      main = mkOption {
        description = "Settings of main.cf.";
        default = { };
        type = types.submodule {
          freeformType = types.attrsOf (
            types.nullOr (
              types.oneOf [
                types.bool
                types.int
                types.path
                types.str
                (types.listOf types.str)
              ]
            )
          );
          options = {
            message_size_limit = option (types.nullOr types.int) 10240000 "Bytes of the largest mail.";
            mydestination = option (types.nullOr (types.either types.str (types.listOf types.str))) [
              "$myhostname"
              "localhost.$mydomain"
              "localhost"
            ] "Domains whose users are those of the system.";
            myhostname = option (types.nullOr types.str) null "Name of this host.";
            mynetworks = option (types.nullOr (types.listOf types.str)) null "Who may send without a login.";
            mynetworks_style = option (types.nullOr (
              types.enum [
                "host"
                "subnet"
                "class"
              ]
            )) "host" "Who that is by default.";
            recipient_delimiter = option (types.nullOr types.str) "" "What ends a name before an extension.";
            relay_domains = option (types.nullOr (types.listOf types.str)) [ ] "Domains to pass on mail for.";
            relayhost = option (types.nullOr (types.listOf types.str)) [ ] "Servers that pass on mail.";
            smtp_tls_CAfile =
              option types.path config.security.pki.caBundle
                "Certificates that other servers must come from.";
            smtp_tls_security_level = option (types.enum [
              "none"
              "may"
              "encrypt"
              "dane"
              "dane-only"
              "fingerprint"
              "verify"
              "secure"
            ]) "may" "TLS to other servers.";
            smtpd_tls_chain_files =
              option (types.listOf types.path) [ ]
                "Keys, each followed by its certificate.";
            smtpd_tls_security_level = option (types.enum [
              "none"
              "may"
              "encrypt"
            ]) (if main.smtpd_tls_chain_files != [ ] then "may" else "none") "TLS for clients.";
          };
        };
      };
      master = option (types.attrsOf master.service) { } "Lines of master.cf.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    # Debian's own instance of it.
    environment.etc."systemd/system-generators/postfix-instance-generator".source = "/dev/null";
    services.postfix = {
      aliasFiles = lib.mkIf (aliases != "") { aliases = pkgs.writeText "postfix-aliases" aliases; };
      mapFiles =
        lib.optionalAttrs (cfg.virtual != "") { virtual = pkgs.writeText "postfix-virtual" cfg.virtual; }
        // lib.optionalAttrs (cfg.transport != "") {
          transport = pkgs.writeText "postfix-transport" cfg.transport;
        };
      settings.main =
        lib.mapAttrs (_: lib.mkDefault) {
          compatibility_level = cfg.package.version;
          mail_owner = cfg.user;
          default_privs = "nobody";
          data_directory = "/var/lib/postfix/data";
          queue_directory = "/var/lib/postfix/queue";
          mail_spool_directory = "/var/spool/mail/";
          command_directory = "${cfg.package}/bin";
          daemon_directory = "${cfg.package}/libexec/postfix";
          meta_directory = "${cfg.package}/etc/postfix";
          # NixOS's programs have their libraries in them.
          shlib_directory = "/usr/lib/postfix";
          newaliases_path = program "newaliases";
          mailq_path = program "mailq";
          sendmail_path = program "sendmail";
          setgid_group = cfg.setgidGroup;
        }
        // lib.optionalAttrs (aliases != "") {
          alias_maps = [ "${cfg.aliasMapType}:/etc/postfix/aliases" ];
        }
        // lib.optionalAttrs (cfg.virtual != "") {
          virtual_alias_maps = [ "${cfg.virtualMapType}:/etc/postfix/virtual" ];
        }
        // lib.optionalAttrs (cfg.transport != "") {
          transport_maps = [ "hash:/etc/postfix/transport" ];
        };
      settings.master =
        master.standard
        // lib.optionalAttrs cfg.enableSmtp {
          smtp = { };
          relay = {
            command = "smtp";
            args = [
              "-o"
              "smtp_fallback_relay="
            ];
          };
          smtp_inet = listener { } // {
            name = "smtp";
          };
        }
        // lib.optionalAttrs cfg.enableSubmission { submission = listener cfg.submissionOptions; }
        // lib.optionalAttrs cfg.enableSubmissions { submissions = listener submissionsOptions; };
    };

    users.users.postfix = lib.mkIf (cfg.user == "postfix") {
      isSystemUser = true;
      inherit (cfg) group;
      description = "Postfix mail server user";
    };
    users.groups = lib.genAttrs [ cfg.group cfg.setgidGroup ] (_: { });

    # Debian has its files where NixOS has a link.
    system.activationScripts.postfix.text = ''
      [ -L /etc/postfix ] || mv /etc/postfix /usr/share/postfix/etc
      ln -sfnT ${conf} /etc/postfix
    '';

    systemd.services.postfix-setup = {
      description = "Setup for Postfix mail server";
      script = ''
        mkdir -p /var/lib/postfix /var/lib/postfix/queue/{pid,public,maildrop}
        chmod 0755 /var/lib/postfix
        chown root:root /var/lib/postfix
        rm -rf ${conf}
        mkdir -m 0755 ${conf}
        ln -sf ${cfg.package}/etc/postfix/postfix-files ${conf}/postfix-files
        ln -sf ${mainFile} ${conf}/main.cf
        ln -sf ${masterFile} ${conf}/master.cf
        ${lib.concatStrings (compiled "postalias -o -p" cfg.aliasFiles)}
        ${lib.concatStrings (compiled "postmap" cfg.mapFiles)}
        mkdir -p /var/spool/mail
        chown root:root /var/spool/mail
        chmod a+rwxt /var/spool/mail
        ${program "postfix"} set-permissions config_directory=${conf}
      '';
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
    };

    systemd.services.postfix = {
      description = "Postfix mail server";
      wantedBy = [ "multi-user.target" ];
      after = [
        "network.target"
        "postfix-setup.service"
      ];
      requires = [ "postfix-setup.service" ];
      path = [ cfg.package ];
      serviceConfig = {
        Type = "forking";
        Restart = "always";
        PIDFile = "/var/lib/postfix/queue/pid/master.pid";
        ExecStart = "${program "postfix"} start";
        ExecStop = "${program "postfix"} stop";
        ExecReload = "${program "postfix"} reload";

        CapabilityBoundingSet = [ "~CAP_NET_ADMIN CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_MODULE" ];
        MemoryDenyWriteExecute = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectControlGroups = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "full";
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
      };
    };
  };
}
