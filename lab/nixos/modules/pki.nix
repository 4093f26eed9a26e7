# Trusted certificate authorities: Debian's and those of the configuration.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  files = config.security.pki.certificateFiles;
  bundle = pkgs.runCommand "certificates" { } ''
    mkdir $out
    cat /usr/share/ca-certificates/mozilla/*.crt > $out/ca-certificates.crt 2>/dev/null || :
    ${lib.concatMapStrings (file: ''
      cat ${file} >> $out/ca-certificates.crt
      cp ${file} "$out/$(openssl x509 -noout -hash -in ${file}).0"
    '') files}
  '';
in
{
  options.security.pki = {
    certificateFiles = lib.mkOption {
      type = lib.types.listOf lib.types.path;
      default = [ ];
      description = "Files of further certificates to trust.";
    };
    caBundle = lib.mkOption {
      type = lib.types.path;
      readOnly = true;
      description = "File with all trusted certificates.";
    };
  };

  config.security.pki.caBundle = "${bundle}/ca-certificates.crt";
  # Both the one file and, by hash, the folder: programs look at either.
  config.system.etcTrees = lib.mkIf (files != [ ]) { "ssl/certs" = bundle; };
}
