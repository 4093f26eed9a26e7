# What hosts for mail run.
{
  build,
  debian,
  from,
}:
let
  # Postfix's own places, as its package has them.
  programs = "postalias postcat postconf postdrop postfix postkick postlock postlog postmap postmulti postqueue postsuper sendmail";
in
rec {
  postfix =
    build {
      name = "postfix-debian";
      script = ''
        mkdir -p $out/bin $out/libexec $out/etc
        for program in ${programs}; do ln -s /usr/sbin/$program $out/bin/$program; done
        ln -s /usr/bin/mailq /usr/bin/newaliases $out/bin
        ln -s /usr/lib/postfix/sbin $out/libexec/postfix
        ln -s /usr/share/postfix/etc $out/etc/postfix
      '';
    }
    // {
      pname = "postfix";
      version = "3.7.11";
      meta.mainProgram = "postfix";
    };
  dovecot =
    debian "dovecot" (
      {
        dovecot = "/usr/sbin/dovecot";
      }
      // from "/usr/bin" [
        "doveadm"
        "doveconf"
      ]
    )
    // {
      version = "2.3.19.1";
      meta.mainProgram = "dovecot";
    };
  dovecot_2_3 = dovecot;
  opendkim = debian "opendkim" (
    from "/usr/sbin" [
      "opendkim"
      "opendkim-genkey"
      "opendkim-testkey"
      "opendkim-testmsg"
    ]
  );
}
