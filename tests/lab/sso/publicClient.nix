# The tests' own public client: a page that its visitors' browsers run.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) service signIns;
  signIn = signIns.default;
  settings = {
    inherit (signIn) issuer clientId scopes;
    redirectUri = lib.head signIn.redirectUris;
  };
  site = pkgs.runCommand "spa" { } ''
    mkdir $out
    cp ${pkgs.writeText "index.html" "@index@"} $out/index.html
    cp ${pkgs.writeText "app.mjs" "@app@"} $out/app.mjs
    cp ${pkgs.writeText "settings.json" (builtins.toJSON settings)} $out/settings.json
  '';
in
{
  assertions = [
    {
      assertion = signIn.clientType == "public" && signIn.clientSecretFile == null;
      message = "Unable to configure ${service.name}: a page can keep no secret. Set `interface.auth.oidc.client_type = \"public\"` in the manifest.";
    }
  ];

  systemd.services.spa = {
    wantedBy = [ "multi-user.target" ];
    wants = [ "network-online.target" ];
    after = [ "network-online.target" ];
    environment.HOME = "/tmp";
    serviceConfig = {
      DynamicUser = true;
      ExecStart = "${pkgs.caddy}/bin/caddy file-server --root ${site} --listen ${service.ip}:8080";
    };
  };
  nixmox.sandbox.spa = { };
}
