# Packages whose programs are Debian's own, and nixpkgs' ways to write files and scripts.
{ lib, system }:
let
  build =
    {
      name,
      script,
      attrs ? { },
    }:
    derivation (
      {
        inherit name system script;
        builder = "/bin/sh";
        args = [
          "-euc"
          ''. "$scriptPath"''
        ];
        passAsFile = [ "script" ] ++ attrs.passAsFile or [ ];
        PATH = "/usr/bin:/bin:/usr/sbin:/sbin";
        preferLocalBuild = true;
      }
      // removeAttrs attrs [ "passAsFile" ]
    );

  # A package of links to programs that are already installed.
  debian =
    pname: programs:
    build {
      name = "${pname}-debian";
      script =
        "mkdir -p $out/bin\n"
        + lib.concatLines (lib.mapAttrsToList (name: target: "ln -s ${target} $out/bin/${name}") programs);
    }
    // {
      inherit pname;
      meta.mainProgram = lib.head (lib.attrNames programs);
    };
  # A package that no registry serves: what uses it can be evaluated, and says why it cannot be built.
  absent =
    pname: attrs:
    build {
      name = "${pname}-not-in-the-lab";
      script = ''
        echo 'Unable to build ${pname}: the lab has no package of it, so its service is evaluated here and not run. Set enable = false, or deploy it to a real NixOS.' >&2
        exit 1
      '';
    }
    // {
      inherit pname;
      version = "0";
      meta.mainProgram = pname;
    }
    // attrs;
  # Programs that the lab builds when a manifest asks for them.
  extras = "/usr/lib/nixmox-lab/extras";
  from = directory: names: lib.genAttrs names (name: "${directory}/${name}");

  base =
    build {
      name = "base-debian";
      script = "mkdir $out; ln -s /usr/bin $out/bin";
    }
    // {
      pname = "base";
    };

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
    }:
    build {
      inherit name;
      script = ''
        mkdir -p "$(dirname "$out${destination}")"
        cp "$textPath" "$out${destination}"
        ${lib.optionalString executable ''chmod +x "$out${destination}"''}
      '';
      attrs = {
        inherit text;
        passAsFile = [ "text" ];
      };
    };
  shell = "/bin/bash";
in
import ./absent.nix { inherit absent lib; }
// import ./mail.nix { inherit build debian from; }
// rec {
  inherit lib writeTextFile;
  formats = import ./formats.nix { inherit lib writeText; };
  runtimeShell = shell;

  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir =
    path: text:
    writeTextFile {
      name = baseNameOf path;
      inherit text;
      destination = "/${path}";
    };
  writeShellScript =
    name: text:
    writeTextFile {
      inherit name;
      text = "#!${shell}\n${text}\n";
      executable = true;
    };
  writeShellScriptBin =
    name: text:
    writeTextFile {
      inherit name;
      text = "#!${shell}\n${text}\n";
      executable = true;
      destination = "/bin/${name}";
    }
    // {
      meta.mainProgram = name;
    };
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
    }:
    writeShellScriptBin name ''
      set -o errexit
      set -o nounset
      set -o pipefail
      ${lib.optionalString (
        runtimeInputs != [ ]
      ) ''export PATH="${lib.makeBinPath (lib.unique runtimeInputs)}:$PATH"''}
      ${text}'';
  runCommand =
    name: attrs: script:
    build { inherit name script attrs; };
  mkShellNoCC = { packages }: runCommand "shell" { nativeBuildInputs = packages; } "mkdir $out";

  coreutils = base;
  diffutils = base;
  gnugrep = base;
  gnused = base;
  util-linux = base;
  bash = debian "bash" { bash = "/bin/bash"; };
  jq = debian "jq" { jq = "/usr/bin/jq"; };
  curl = debian "curl" { curl = "/usr/bin/curl"; };
  dnsutils = debian "dnsutils" { dig = "/usr/bin/dig"; };
  openssh = debian "openssh" (
    from "/usr/bin" [
      "ssh"
      "ssh-keygen"
      "ssh-keyscan"
    ]
  );
  openssl = debian "openssl" { openssl = "/usr/bin/openssl"; };
  mkpasswd = debian "mkpasswd" { mkpasswd = "/usr/bin/mkpasswd"; };

  # Gitea in Forgejo's place.
  forgejo =
    build {
      name = "forgejo-as-gitea";
      script = ''
        mkdir -p $out/bin
        cp ${../programs/forgejo-as-gitea.sh} $out/bin/forgejo
        chmod 0755 $out/bin/forgejo
        ln -s forgejo $out/bin/environment-to-ini
      '';
    }
    // {
      pname = "forgejo";
      meta.mainProgram = "forgejo";
      data = "/usr/lib/nixmox-lab/extras/gitea/data";
    };
  forgejo-lts = forgejo;

  nix = debian "nix-bin" {
    nix-env = "/usr/bin/nix-env";
    nix-collect-garbage = "/usr/bin/nix-collect-garbage";
    nix-instantiate = "/usr/bin/nix-instantiate";
  };
  nftables = debian "nftables" { nft = "/usr/sbin/nft"; };
  caddy = debian "caddy" { caddy = "/usr/bin/caddy"; };
  git = debian "git" { git = "/usr/bin/git"; };
  miniflux = debian "miniflux" { miniflux = "/usr/lib/nixmox-lab/bin/miniflux"; };
  authentik = debian "authentik" { ak = "${extras}/authentik/bin/ak"; } // {
    version = "2025.10.4";
  };
  authentik-outposts = lib.genAttrs [ "ldap" "radius" ] (
    name: debian "authentik-${name}-outpost" { ${name} = "${extras}/authentik/bin/${name}"; }
  );
  jre_headless = debian "jre" { java = "${extras}/jre/bin/java"; } // {
    home = "${extras}/jre";
  };
  keycloak = debian "keycloak" { "kc.sh" = "${extras}/keycloak/bin/kc.sh"; } // {
    home = "${extras}/keycloak";
  };
  oauth2-proxy =
    debian "oauth2-proxy" { oauth2-proxy = "${extras}/oauth2-proxy/bin/oauth2-proxy"; }
    // {
      version = "7.15.6";
    };
  transmission_4 =
    debian "transmission" { transmission-daemon = "/usr/bin/transmission-daemon"; }
    // {
      version = "3.00";
    };
  unbound = debian "unbound" (
    from "/usr/sbin" [
      "unbound"
      "unbound-anchor"
      "unbound-checkconf"
      "unbound-control"
    ]
  );
  unbound-with-systemd = unbound;
  postgresql =
    debian "postgresql" (
      from "/usr/lib/postgresql/15/bin" [
        "initdb"
        "pg_dump"
        "pg_isready"
        "pg_restore"
        "postgres"
        "psql"
      ]
    )
    // {
      version = "15";
      psqlSchema = "15";
      # Debian's packages, in which these two folders are all that there is.
      pkgs = lib.genAttrs [ "pgaudit" ] (
        name:
        build {
          inherit name;
          script = ''
            mkdir $out
            ln -s ${extras}/${name}/usr/share/postgresql/15/extension $out/extension
            ln -s ${extras}/${name}/usr/lib/postgresql/15/lib $out/lib
          '';
        }
        // {
          pname = name;
        }
      );
    };
  postgresql_15 = postgresql;
  prometheus = debian "prometheus" { prometheus = "/usr/bin/prometheus"; } // {
    cli = debian "promtool" { promtool = "/usr/bin/promtool"; };
  };
  prometheus-alertmanager = debian "alertmanager" {
    alertmanager = "/usr/bin/prometheus-alertmanager";
  };
  restic = debian "restic" { restic = "/usr/bin/restic"; };
  freeradius =
    build {
      name = "freeradius-debian";
      script = ''
        mkdir -p $out/bin $out/share
        ln -s /usr/sbin/freeradius $out/bin/radiusd
        for name in radclient radtest radwho; do ln -s /usr/bin/$name $out/bin/; done
        ln -s /usr/lib/freeradius $out/lib
        ln -s /usr/share/freeradius $out/share/freeradius
      '';
    }
    // {
      pname = "freeradius";
      meta.mainProgram = "radiusd";
    };
  openldap =
    build {
      name = "openldap-debian";
      script = ''
        mkdir -p $out/bin $out/etc $out/lib $out/libexec
        ln -s /usr/sbin/slapd $out/libexec/slapd
        for name in add cat index passwd test; do ln -s /usr/sbin/slap$name $out/bin/; done
        for name in add compare delete modify modrdn passwd search whoami; do
          ln -s /usr/bin/ldap$name $out/bin/
        done
        ln -s /usr/lib/ldap $out/lib/modules
        ln -s /etc/ldap/schema $out/etc/schema
      '';
    }
    // {
      pname = "openldap";
    };
  prometheus-node-exporter = debian "prometheus-node-exporter" {
    node_exporter = "/usr/bin/prometheus-node-exporter";
  };
}
