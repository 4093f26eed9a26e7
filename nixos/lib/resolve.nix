# Fills in what a manifest leaves to its conventions, as far as hosts need it. A resolved manifest
# stays as it is. The TypeScript side (manifest/resolve.ts) checks it first and has the same rules.
document:
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    filter
    head
    isAttrs
    isList
    listToAttrs
    mapAttrs
    replaceStrings
    ;

  conventionalRoles = {
    dns = [ "dns" ];
    postgresql = [ "database" ];
    caddy = [ "proxy" ];
    authentik = [ "sso" ];
    monitoring = [ "monitoring" ];
  };

  core = document.core_services or { };
  applications = document.services or { };
  all = core // applications;
  inherit (document.network) domain;

  rolesOf = name: entry: entry.provides or conventionalRoles.${name} or [ ];
  providers =
    role: filter (name: isEnabled all.${name} && hasRole role name all.${name}) (attrNames all);
  isEnabled = entry: entry.enable or true;
  hasRole = role: name: entry: builtins.elem role (rolesOf name entry);
  unique = builtins.foldl' (seen: x: if builtins.elem x seen then seen else seen ++ [ x ]) [ ];
  first = default: xs: if xs == [ ] then default else head xs;

  resolveNetwork =
    network:
    let
      keys = network.ssh_keys or [ ];
      dns = map (name: all.${name}.ip) (providers "dns");
    in
    {
      dns_server = first network.gateway dns;
      dns_forwarders = [ ];
      ssh_from = [ "0.0.0.0/0" ];
    }
    // network
    // {
      ssh_keys = unique (if isList keys then keys else concatLists (attrValues keys));
    };

  resolveService =
    name: entry:
    let
      contracts = entry.interface or { };
      ports = if entry.ports or [ ] != [ ] then entry.ports else serverPorts name entry;
      routes = mapAttrs (resolveRoute name (entry // { inherit ports; })) (routesOf contracts);
      proxy = removeAttrs routes (
        filter (key: isDatabase name entry routes.${key}) (attrNames routes)
      );
      hostname = entry.hostname or "${name}.${domain}";
      isPublic = builtins.any (route: route.domain == hostname) (attrValues proxy);
    in
    {
      enable = true;
      depends_on = [ ];
    }
    // entry
    // {
      inherit name ports;
      # The host gives way to a route of the same name, which is what people type.
      hostname = if isPublic then "${name}.host.${domain}" else hostname;
      provides = rolesOf name entry;
      interface = removeAttrs contracts [ "db" ] // {
        inherit proxy;
        auth = {
          type = "none";
        }
        // contracts.auth or { };
        dbs = mapAttrs resolveDatabase (databasesOf name entry contracts);
        secrets = mapAttrs (_: resolveSecret (entry.unit or "${name}.service")) (contracts.secrets or { });
      };
    };

  # A database server's port may stand in its own database entry alone.
  serverPorts =
    name: entry: if hasRole "database" name entry then [ (databasePort entry) ] else [ ];

  # A renamed service keeps the database that was called after it.
  databaseKey =
    name: entry:
    let
      former = entry.formerly or [ ];
    in
    first name (if isList former then former else [ former ]);

  # A database server has no database of its own.
  databasesOf =
    name: entry: contracts:
    if hasRole "database" name entry then
      { }
    else
      (if contracts ? db then { ${databaseKey name entry} = contracts.db; } else { }) // contracts.dbs or { };

  resolveDatabase =
    key: database:
    let
      name = database.name or (replaceStrings [ "-" ] [ "_" ] key);
      service = database.service or (first null (providers "database"));
      server = if service == null then { } else all.${service} or { };
    in
    {
      inherit name service;
      owner = name;
      host = server.ip or null;
      port = databasePort server;
      extensions = [ ];
      additionaldbs = [ ];
    }
    // database;

  # One route rather than several by name: some value in it is no set, or it says but how to sign in.
  routesOf =
    contracts:
    let
      proxy = contracts.proxy or null;
      single =
        proxy == { } || builtins.any (value: !isAttrs value) (attrValues proxy) || isSignIn proxy;
    in
    if proxy == null then
      { }
    else if single then
      { default = proxy; }
    else
      proxy;
  isSignIn =
    proxy:
    attrNames proxy == [ "auth" ]
    && builtins.all (
      key:
      builtins.elem key [
        "forward_auth_upstream"
        "oidc"
        "provider"
        "type"
      ]
    ) (attrNames proxy.auth);

  resolveRoute =
    name: entry: key: route:
    {
      domain = "${if key == "default" then name else key}.${domain}";
      path = "/";
      upstream = "${entry.ip}:${toString (first 80 entry.ports)}";
      tls = true;
      authz = false;
    }
    // route;

  # A database port speaks no HTTP.
  isDatabase =
    name: entry: route:
    hasRole "database" name entry
    && route.upstream == "${entry.ip}:${toString (databasePort entry)}";
  databasePort = entry: entry.interface.db.port or (first 5432 (entry.ports or [ ]));

  resolveSecret =
    unit: secret:
    {
      owner = "root";
      mode = "0400";
      restart = [ unit ];
    }
    // secret;
in
document
// {
  network = resolveNetwork document.network;
  core_services = mapAttrs resolveService core;
  services = mapAttrs resolveService applications;
}
