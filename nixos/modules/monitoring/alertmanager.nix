# Alertmanager, which tells the manifest's receivers what Prometheus has found.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox) alerting secrets service;
  nixmoxLib = import ../../lib { inherit lib; };
  port = nixmoxLib.first (lib.drop 1 service.ports);
  receivers = alerting.receivers or { };

  # Secrets of receivers, and what Alertmanager calls each: their values are read whenever it tells somebody.
  loaded = lib.unique (
    lib.filter (name: name != null) (
      lib.concatMap (
        { webhook, email, ... }:
        lib.optionals (webhook != null) [
          webhook.urlSecret
          webhook.bearerSecret
        ]
        ++ lib.optional (email != null) email.passwordSecret
      ) (lib.attrValues receivers)
    )
  );
  fileOf = name: "/run/credentials/alertmanager.service/receiver-${name}";
  alertmanager = import ./program.nix { inherit config lib pkgs; } {
    unit = "alertmanager";
    inherit port;
    credentials = map (name: "receiver-${name}:${secrets.${name}.path}") loaded;
  };

  webhookOf =
    {
      url,
      urlSecret,
      bearerSecret,
      ...
    }:
    (if urlSecret == null then { inherit url; } else { url_file = fileOf urlSecret; })
    // lib.optionalAttrs (bearerSecret != null) {
      http_config.authorization.credentials_file = fileOf bearerSecret;
    };
  emailOf =
    {
      to,
      from,
      server,
      user,
      passwordSecret,
    }:
    {
      to = lib.concatStringsSep ", " to;
      inherit from;
      smarthost = server;
      require_tls = true;
    }
    // lib.optionalAttrs (user != null) {
      auth_username = user;
      auth_password_file = fileOf passwordSecret;
    };
  receiver =
    name:
    {
      webhook,
      email,
      resolved,
      ...
    }:
    let
      when.send_resolved = resolved;
    in
    {
      inherit name;
    }
    // lib.optionalAttrs (webhook != null) { webhook_configs = [ (webhookOf webhook // when) ]; }
    // lib.optionalAttrs (email != null) { email_configs = [ (emailOf email // when) ]; };
  network = [ "network-online.target" ];
in
{
  config = lib.mkIf (port != null && alertmanager.isOpen) {
    services.prometheus.alertmanager = {
      enable = true;
      listenAddress = service.ip;
      inherit port;
      webExternalUrl = lib.mkIf (alertmanager.route != null) alertmanager.route.url;
      # No value in it has a dollar sign, which NixOS would take for a variable.
      configuration = lib.mkDefault {
        route = {
          # It shows all alerts, also those that nobody is told of.
          receiver = "page";
          group_by = [
            "alertname"
            "service"
          ];
          group_wait = "15s";
          group_interval = "2m";
          repeat_interval = "12h";
          routes = lib.mapAttrsToList (name: each: {
            receiver = name;
            matchers = [ ''severity=~"${lib.concatStringsSep "|" each.severities}"'' ];
            continue = true;
          }) receivers;
        };
        receivers = [ { name = "page"; } ] ++ lib.mapAttrsToList receiver receivers;
      };
      extraFlags = [
        "--web.config.file=${alertmanager.webConfigFile}"
        # It is alone, and listens to no others.
        "--cluster.listen-address="
      ];
    };

    nixmox.sandbox.alertmanager = { };
    # Silences, and what has been told.
    nixmox.state.alertmanager = {
      directory = "/var/lib/private/alertmanager";
      units = [ "alertmanager.service" ];
    };
    systemd.services.alertmanager = {
      wants = network;
      after = network;
      # The service's unit is Prometheus: what restarts it, such as a new certificate, is for both.
      unitConfig.PartOf = [ "prometheus.service" ];
      serviceConfig = alertmanager.serviceConfig // {
        RuntimeDirectory = "alertmanager";
      };
    };
  };
}
