/** Options about which the data says nothing, by what they are below, and why. */
export const unread: Readonly<Record<string, string>> = {
  assertions: "named in notCovered",
  warnings: "named in notCovered",
  system: "named in notCovered",
  "boot.kernel": "named in notCovered",
  "networking.defaultGateway": "not in the data",
  "networking.hosts": "not in the data",
  "networking.interfaces": "not in the data",
  "networking.useHostResolvConf": "named in notCovered",
  "networking.useNetworkd": "named in notCovered",
  "i18n.extraLocales": "not in the data",
  "services.grafana.provision.datasources.settings.datasources.*.basicAuth":
    "a key of Grafana: NixOS takes any there",
  "services.grafana.provision.datasources.settings.datasources.*.basicAuthUser":
    "a key of Grafana: NixOS takes any there",
  "services.grafana.provision.datasources.settings.datasources.*.isDefault":
    "a key of Grafana: NixOS takes any there",
  "services.grafana.provision.enable": "not in the data",
  "services.keycloak": "not in the data",
  "services.loki": "not in the data",
  "services.oauth2-proxy": "not in the data",
  "services.nextcloud.secrets": "newer than the data, which has Nextcloud's file of 25.05 alone",
  "services.dovecot2.settings": "named in notCovered",
  "services.nginx": "not in the data",
  "services.opendkim": "not in the data",
  "services.phpfpm": "not in the data",
  "services.freeradius": "not in the data",
  "services.openldap": "not in the data",
  "services.restic": "not in the data",
  "services.postfix.setgidGroup": "not in the data, which has some of Postfix's options",
  "services.postfix.settings": "named in notCovered",
  "services.postfix.submissionOptions": "not in the data, which has some of Postfix's options",
  "services.postfix.submissionsOptions": "not in the data, which has some of Postfix's options",
  "services.postfix.transport": "not in the data, which has some of Postfix's options",
  "services.postfix.user": "not in the data, which has some of Postfix's options",
  "services.postfix.virtual": "not in the data, which has some of Postfix's options",
  "services.postfix.virtualMapType": "not in the data, which has some of Postfix's options",
  "services.radarr.environmentFiles":
    "named in notCovered: the data has Radarr's file of 25.05 alone",
  "services.radarr.settings": "named in notCovered: the data has Radarr's file of 25.05 alone",
  "services.tomcat": "not in the data",
  "time.timeZone": "not in the data",
};

/** Where the lab takes less than NixOS on purpose: what the difference is, and the reason for it. */
export const narrowed: Readonly<Record<string, readonly [difference: string, reason: string]>> = {
  "services.forgejo.settings.server.STATIC_ROOT_PATH": [
    'default: "/usr/lib/nixmox-lab/extras/gitea/data"; NixOS: "x"',
    "the package's folder: Gitea's in the lab, and in the data that of no real package",
  ],
  "services.grafana.settings.paths.provisioning": [
    'default: <derivation grafana-provisioning>; NixOS: "/x"',
    "what it is made of depends on other options; the data has a path in its place",
  ],
  "services.nextcloud.poolSettings": [
    'default: { pm = "dynamic"; pm.max_children = "120"; pm.max_requests = "500"; pm.max_spare_servers = "18"; pm.min_spare_servers = "6"; pm.start_servers = "12"; pm.status_path = "/status"; }; NixOS: { }',
    "the data has an empty value in place of NixOS's, which this one is",
  ],
  "services.transmission.package": [
    "default: pkgs.transmission_4; NixOS: pkgs.transmission_3",
    "release 26.05 has no transmission_3 any more; the data has the file of 25.05",
  ],
};
