/** The release that the template is built from, whatever the machine itself runs. */
export const SUITE = "bookworm";

/** The template's name as Proxmox lists it. */
export const VOLUME = "local:vztmpl/nixmox-lab-12_amd64.tar.zst";

/** What a NixOS module of this project configures, and what is needed to look around. */
export const PACKAGES = [
  "systemd",
  "systemd-sysv",
  "libpam-systemd",
  "dbus",
  "openssh-server",
  "openssh-sftp-server",
  "ifupdown",
  "iproute2",
  "iputils-ping",
  "nftables",
  "ca-certificates",
  "curl",
  "jq",
  "dnsutils",
  "openssl",
  "procps",
  "less",
  "python3-minimal",
  "unbound",
  "caddy",
  "postgresql",
  "postgresql-contrib",
  "nix-bin",
  "prometheus",
  "prometheus-alertmanager",
  "prometheus-node-exporter",
  // Forgejo's storage.
  "git",
  // mkpasswd
  "whois",
  "postfix",
  "dovecot-imapd",
  "dovecot-lmtpd",
  "opendkim",
  "opendkim-tools",
  "transmission-daemon",
  "restic",
  "freeradius",
  "freeradius-utils",
  "slapd",
  "ldap-utils",
] as const;

/** Installed, but enabled only by the NixOS configuration. */
export const DISABLED_UNITS = [
  "caddy.service",
  "dovecot.service",
  "dovecot.socket",
  "freeradius.service",
  "nix-daemon.service",
  "nix-daemon.socket",
  "opendkim.service",
  "postfix.service",
  "postgresql.service",
  "prometheus.service",
  "prometheus-alertmanager.service",
  "prometheus-node-exporter.service",
  "slapd.service",
  "transmission-daemon.service",
  "unbound.service",
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
] as const;

/** Units for which a container has no hardware, terminal or network. */
export const MASKED_UNITS = [
  "console-getty.service",
  "container-getty@.service",
  "getty@tty1.service",
  "getty-static.service",
  "sys-kernel-debug.mount",
  "sys-kernel-tracing.mount",
  "systemd-pstore.service",
  "unbound-resolvconf.service",
] as const;

/** Miniflux is in no Debian release; its Go module is. */
export const MINIFLUX = { module: "miniflux.app/v2", version: "v2.2.12" } as const;

export const FILES: Readonly<Record<string, string>> = {
  "etc/nix/nix.conf": [
    "build-users-group =",
    "sandbox = false",
    "experimental-features = nix-command flakes",
    "substituters =",
    "",
  ].join("\n"),
  "etc/postgresql-common/createcluster.conf": "create_main_cluster = false\n",
};
