# What the manifest says about this host: its values from nixos/manifest.json, as options. They have
# no defaults here, since the manifest's defaults have been filled in already.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;

  option =
    type: example: description:
    mkOption { inherit type example description; };
  tableOf =
    options: description:
    mkOption {
      type = types.attrsOf (types.submodule { inherit options; });
      inherit description;
    };

  matching = description: pattern: types.strMatching pattern // { inherit description; };
  octets = "[0-9]{1,3}(\\.[0-9]{1,3}){3}";
  address = matching "IPv4 address" octets;
  subnet = matching "IPv4 network in CIDR notation" "${octets}/[0-9]{1,2}";
  unit = matching "name of a systemd unit" "[a-zA-Z0-9@:_.\\-]+\\.[a-z]+";
  httpsUrl = matching "HTTPS URL" "https://.+";
  # A certificate of the homelab's own authority.
  files = types.nullOr (
    types.submodule {
      options = {
        certFile =
          option types.path "/var/lib/nixmox/secrets/server.crt"
            "File on this host with the certificate.";
        keyFile =
          option types.path "/var/lib/nixmox/secrets/server.key"
            "File on this host with its key, readable by root alone.";
      };
    }
  );
  # A server beside the identity provider, which logs in to it with a token.
  outpost =
    options: description:
    option (types.nullOr (
      types.submodule {
        options = options // {
          tokenFile =
            option types.path "/var/lib/nixmox/secrets/ldap-token"
              "File on this host with its token for the provider.";
        };
      }
    )) null description;
  signOn = types.nullOr (
    types.submodule {
      options = {
        kind = option (types.enum [
          "authentik"
          "keycloak"
        ]) "authentik" "Which identity provider this host runs.";
        domain = option types.str "authentik.nixmox.lan" "Its public name.";
        url =
          option httpsUrl "https://authentik.nixmox.lan"
            "Its public address, without a slash at the end.";
        realm = option types.str "nixmox" "Realm of Keycloak in which everything is.";
        apiPort = option types.port 9000 "Port on this host at which the deployment reaches its API.";
        forwardAuthPort = option types.port 9000 "Port at which the proxy asks whether a request may pass.";
        cookieDomain = option types.str ".nixmox.lan" "Domain of the cookie that all guarded routes share.";
        outposts = {
          ldap = outpost { } "LDAP server that this host runs, too; null if it does not.";
          radius = outpost {
            clientNetworks = option (types.listOf subnet) [
              "192.168.99.0/24"
            ] "Networks that may send requests.";
          } "RADIUS server that this host runs, too; null if it does not.";
        };
      };
    }
  );
  # Either kind; `manifest check` has looked at it closely.
  anyAddress = matching "IPv4 or IPv6 address" "[0-9a-fA-F.:]+";
  resolver = types.nullOr (
    types.submodule {
      options = {
        clients = option (types.listOf (matching "network in CIDR notation" "[0-9a-fA-F.:]+/[0-9]{1,3}")) [
          "192.168.0.0/16"
          "fc00::/7"
        ] "Networks that may ask it.";
        zoneType =
          option
            (types.enum [
              "static"
              "transparent"
            ])
            "static"
            "Whether names of the domain that it does not have do not exist, or are asked of others.";
        reverseZones = option (types.listOf types.str) [
          "99.168.192.in-addr.arpa"
        ] "Zones that map the network's addresses to names.";
        forwards = option (types.listOf (
          types.submodule {
            options = {
              zone = option types.str "corp.example" "Zone that others are asked about; `.` for all names.";
              forwarders = option (types.listOf (
                types.submodule {
                  options = {
                    address = option anyAddress "9.9.9.9" "Its address.";
                    port = option types.port 853 "Port that it listens on.";
                    tlsName =
                      option (types.nullOr types.str) "dns.quad9.net"
                        "Name in its certificate, if it is asked over TLS; null: in plain text.";
                  };
                }
              )) [ ] "Resolvers to ask.";
              dnssec = option types.bool true "Whether their answers are validated.";
              isInside = option types.bool false "Whether they may answer with private addresses.";
            };
          }
        )) [ ] "Resolvers that it asks, by zone. None: the root servers.";
      };
    }
  );
  role = types.enum [
    "dns"
    "database"
    "proxy"
    "sso"
    "monitoring"
  ];

  database = {
    service = option types.str "postgresql" "Service whose server holds the database.";
    name = option types.str "miniflux" "Name of the database.";
    role = option types.str "miniflux" "Role that logs in to it.";
    host =
      option types.str "postgresql.nixmox.lan"
        "Name of the server, which its certificate is for. This host knows its address.";
    address = option address "192.168.99.11" "Address of the server.";
    port = option types.port 5432 "Port of the server.";
    sslRootCert = mkOption {
      type = types.nullOr types.path;
      default = config.nixmox.caFile;
      defaultText = lib.literalExpression "config.nixmox.caFile";
      description = "Certificate of the only authority to trust with the server's name. Null: the system's.";
    };
    additionalNames = option (types.listOf types.str) [
      "miniflux_archive"
    ] "Further databases on the server that the role owns.";
    extensions = option (types.listOf types.str) [ "hstore" ] "Extensions in the database.";
    passwordFile =
      option types.path "/var/lib/nixmox/secrets/database-miniflux"
        "File on this host with the role's password, readable by root alone.";
  };

  # What databases of other hosts need of the server on this one.
  extension = types.submodule {
    options = {
      name = option types.str "vchord" "Name of the extension.";
      package =
        option (types.nullOr types.str) "vectorchord"
          "Its package in `postgresql.pkgs`; null if PostgreSQL itself has it.";
      known = option types.bool true "Whether the package is known to exist.";
      preload =
        option (types.nullOr types.str) "vchord"
          "Library that the server must load when it starts; null if it need not.";
      wantedBy =
        option types.str "services.photos.interface.db.extensions"
          "Key of the manifest that asks for it.";
    };
  };

  # What a host knows about itself and its peers.
  contact = {
    ip = option address "192.168.99.15" "Its address.";
    hostname = option types.str "miniflux.host.nixmox.lan" "Its full name.";
    ports = option (types.listOf types.port) [
      8080
    ] "TCP ports that it listens on, the main one first.";
    provides = option (types.listOf role) [ "database" ] "Roles that it plays for other services.";
  };
in
{
  options.nixmox = {
    service = contact // {
      listens = option (types.listOf (
        types.submodule {
          options = {
            first = option types.port 27015 "The port, or the first of several in a row.";
            last = option types.port 27030 "The last of them; of one port, itself.";
            protocol = option (types.enum [
              "tcp"
              "udp"
            ]) "udp" "What it listens for.";
            restricted = option types.bool true "Whether the manifest names who may reach it.";
          };
        }
      )) [ ] "Everything that it listens on, in the manifest's order.";
      name =
        option types.str "miniflux"
          "Name of the service in the manifest, and of this configuration.";
      hostName = option types.str "miniflux" "The host's short name: the first label of `hostname`.";
      unit = option unit "miniflux.service" "The systemd unit that runs the service.";
      version =
        option (types.nullOr types.str) "17"
          "Version of its program that the manifest asks for; null if it asks for none.";
      modules = option (types.listOf types.str) [
        "miniflux"
      ] "Folders of nixos/modules that this host uses, besides the base module.";
    };

    network = {
      domain = option types.str "nixmox.lan" "Domain of the homelab.";
      cidr = option subnet "192.168.99.0/24" "Network of the homelab.";
      gateway = option address "192.168.99.1" "The network's router.";
      nameservers = option (types.listOf address) [ "192.168.99.13" ] "Resolvers that this host uses.";
      foreignNameservers = option (types.listOf address) [
        "192.168.99.1"
      ] "Resolvers that know names outside the homelab, for when the others do not answer.";
      forwardedZones = option (types.listOf types.str) [
        "corp.example"
      ] "Zones of which only the homelab's resolver knows whom to ask.";
      mtu =
        option (types.nullOr types.ints.positive) 9000
          "Largest packet in bytes; null: the bridge's own.";
      managedBy = option (types.enum [
        "proxmox"
        "nixos"
      ]) "proxmox" "What sets this host's addresses while it runs.";
      timeZone = option types.str "Europe/Berlin" "Time zone of the host.";
      sshSources = option (types.listOf subnet) [
        "192.168.1.0/24"
      ] "Networks that may reach this host's SSH port.";
      sshKeys = option (types.listOf types.singleLineStr) [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... admin@laptop"
      ] "Public keys that may log in as root. Empty: the key that the container was created with.";
    };

    databases = tableOf database "Databases that the service uses as its own on another host, by their key in the manifest.";
    readDatabases = tableOf database "Databases of other services that this one may read, by their key in the manifest.";

    routes =
      tableOf
        {
          domain = option types.str "miniflux.nixmox.lan" "Public name.";
          path = option (matching "path of a URL" "/.*") "/" "Path below which the service answers.";
          upstream =
            option (types.nullOr types.str) "192.168.99.15:8080"
              "Address and port that the proxy passes requests to; null if it answers by itself.";
          upstreamTls = option types.bool false "Whether the proxy passes requests on over TLS.";
          tls = option types.bool true "Whether the proxy serves it over HTTPS.";
          url =
            option (matching "HTTP URL" "https?://.+") "https://miniflux.nixmox.lan/"
              "Public address, as a browser shows it.";
          guarded =
            option types.bool false
              "Whether the proxy lets only signed-in users pass, whose names it sends along.";
        }
        "Routes by which the proxy publishes the service, by their name in the manifest; a single one is `default`.";

    signIns =
      tableOf
        {
          groups = option (types.listOf types.str) [
            "readers"
          ] "Groups whose members the provider lets in. Empty: every user.";
          issuer =
            option httpsUrl "https://authentik.nixmox.lan/application/o/miniflux/"
              "Who issues the tokens, exactly as these say it; its configuration is below `.well-known/openid-configuration`.";
          clientId = option types.str "miniflux" "Name of this service at the provider.";
          clientType = option (types.enum [
            "confidential"
            "public"
          ]) "confidential" "Whether the service can keep a secret.";
          clientSecretFile =
            option (types.nullOr types.path) "/var/lib/nixmox/secrets/client-secret"
              "File on this host with the client's secret, readable by root alone; null for a public client.";
          redirectUris = option (types.listOf types.str) [
            "https://miniflux.nixmox.lan/oauth2/oidc/callback"
          ] "URLs to which the provider redirects after a sign-in.";
          scopes = option (types.listOf types.str) [
            "openid"
            "email"
            "profile"
          ] "What the service asks for.";
          usernameClaim = option types.str "preferred_username" "Claim that holds the user name.";
          groupsClaim = option types.str "groups" "Claim that holds the names of the user's groups.";
          adminGroup =
            option (types.nullOr types.str) "operators"
              "Group whose members administer the service; null: none does by their group.";
        }
        "Sign-ins of which the service is a client, by their name in the manifest; a single one is `default`.";

    resolver = option resolver null "The homelab's resolver on this host; null on other hosts.";

    signOn = option signOn null "The identity provider on this host; null on other hosts.";

    secrets = tableOf {
      path =
        option types.path "/var/lib/nixmox/secrets/admin-password"
          "File on this host that the deployment writes.";
      owner = option types.str "root" "User who may read the file.";
      mode = option (matching "octal file mode" "0[0-7]{3}") "0400" "Mode of the file.";
      env =
        option (types.nullOr (matching "name of an environment variable" "[A-Za-z_][A-Za-z0-9_]*"))
          "API_TOKEN"
          "Variable that the file sets, for a unit's `EnvironmentFile`; null if the file has the value alone.";
    } "Secrets of the service, by name. Only the files hold their values.";

    volumes = tableOf {
      path = option types.path "/srv/photos" "Where it is mounted.";
    } "Disks that Proxmox VE mounts into this host, by name.";

    authority =
      option files null
        "The proxy's own authority, which certifies the names of its routes; null on other hosts.";
    certificate =
      option files null
        "Certificate for the host's name, for a service that serves TLS itself; null if it does not.";
    caFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/nix/store/...-ca.crt";
      description = "Certificate of the homelab's own authority; null in a checkout.";
    };

    peers = tableOf contact "Services that this one talks to, by name.";

    maxConnections =
      option (types.nullOr types.ints.positive) 200
        "Connections that the database server on this host accepts from all services together; null on other hosts.";
    databaseExtensions =
      option (types.listOf extension)
        [
          {
            name = "vector";
            package = "pgvector";
            known = true;
            preload = null;
            wantedBy = "services.photos.interface.db.extensions";
          }
        ]
        "Extensions for which the database server on this host needs packages or libraries; empty on other hosts.";
    databaseLocales = option (types.listOf types.str) [
      "de_DE.UTF-8/UTF-8"
    ] "Locales of the databases on this host, as the C library lists them; empty on other hosts.";
    exporterPort =
      option types.port 9100
        "Port of the exporter from which the monitoring service scrapes this host.";
    stateDirectory =
      option types.path "/var/lib/nixmox"
        "Where NixMox keeps what is not in the Nix store.";
  };
}
