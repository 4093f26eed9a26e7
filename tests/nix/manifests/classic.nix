# A manifest in its first form: Nix, with what Terraform and the orchestrator once read.
let
  domain = "home.lan";
  units = name: {
    startup = "systemctl is-active --quiet ${name}";
    liveness = "systemctl is-active --quiet ${name}";
    interval = 30;
    timeout = 60;
    retries = 3;
  };
in
{
  network = {
    inherit domain;
    dns_server = "10.0.5.13";
    gateway = "10.0.5.1";
    network_cidr = "10.0.5.0/24";
    vlan_tag = 5;
    ssh_keys.root = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHkkp4yJcYNvDdzWfpHH5ZCeRrGRvL7fT18IJprgImVq me@home"
    ];
    outposts.ldap.base_dn = "dc=home,dc=lan";
  };
  core_services = {
    dns = {
      ip = "10.0.5.13";
      vmid = 904;
      resources = {
        cores = 2;
        memory = 2048;
        disk_gb = 16;
      };
      interface.health = units "unbound";
    };
    postgresql = {
      enable = true;
      ip = "10.0.5.11";
      hostname = "postgresql.${domain}";
      interface = {
        terraform.modules = [ "./terraform/postgresql" ];
        db = {
          name = "postgresql";
          port = 5432;
          mode = "standalone";
        };
        proxy = {
          domain = "postgresql.${domain}";
          upstream = "10.0.5.11:5432";
        };
        health = units "postgresql";
      };
    };
    caddy = {
      ip = "10.0.5.10";
      interface.proxy = {
        domain = "caddy.${domain}";
        path = "/";
        upstream = "10.0.5.10:80";
      };
    };
    authentik = {
      ip = "10.0.5.12";
      ports = [ 9000 ];
      interface = {
        db.host = "10.0.5.11";
        proxy.domain = "auth.${domain}";
      };
    };
  };
  services = {
    media = {
      ip = "10.0.5.17";
      depends_on = [ "caddy" ];
      ports = [
        8096
        8989
      ];
      interface = {
        dbs = {
          jellyfin = { };
          sonarr.additionaldbs = [ "sonarr-log" ];
        };
        auth = {
          type = "oidc";
          provider = "authentik";
          oidc = {
            client_type = "public";
            redirect_uris = [ "https://jellyfin.${domain}/callback" ];
          };
        };
        proxy = {
          jellyfin.upstream = "10.0.5.17:8096";
          sonarr = {
            upstream = "10.0.5.17:8989";
            authz = true;
            extra_config = "encode gzip";
          };
        };
        secrets.api-key.owner = "media";
      };
    };
    mail = {
      enable = false;
      ip = "10.0.5.19";
    };
  };
  deployment_phases.services = [ "media" ];
  health_check_timeout = 600;
  retry_attempts = 5;
  retry_delay = 15;
  enable_rollback = true;
}
