# Tomcat with one host and its own server.xml; the lab has no package of the version that NixOS takes.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.tomcat;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  words = types.either (types.listOf types.str) types.str;
  folders = lib.concatMapStrings (name: " ${cfg.baseDir}/${name}") [
    "conf"
    "lib"
    "logs"
    "shared/lib"
    "temp"
    "virtualhosts"
    "webapps"
    "work"
  ];
in
{
  options.services.tomcat = {
    enable = lib.mkEnableOption "Apache Tomcat";
    package = lib.mkPackageOption pkgs "tomcat9" { };
    jdk = lib.mkPackageOption pkgs "jdk" { };
    baseDir = option types.path "/var/tomcat" "Its folder.";
    purifyOnStart = option types.bool false "Whether it is emptied at each start, but for logs.";
    user = option types.str "tomcat" "User who it runs as.";
    group = option types.str "tomcat" "Group that it runs as.";
    port = option types.port 8080 "Port that it listens on; the lab takes it from serverXml.";
    serverXml = option types.lines "" "Its server.xml.";
    webapps = option (types.listOf types.path) [
      cfg.package.webapps
    ] "Folders with the applications that it serves.";
    javaOpts = option words "" "Options of the Java that starts it.";
    catalinaOpts = option words "" "Options of the Java that it runs in.";
    extraEnvironment = option (types.listOf types.str) [ ] "Environment variables.";
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.serverXml != "";
        message = "The lab has no server.xml to change. Set services.tomcat.serverXml.";
      }
    ];
    users.users.tomcat = {
      isSystemUser = true;
      group = "tomcat";
      home = "/homeless-shelter";
      description = "Tomcat user";
    };
    users.groups.tomcat = { };

    systemd.services.tomcat = {
      description = "Apache Tomcat server";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      preStart = ''
        ${lib.optionalString cfg.purifyOnStart "rm -rf ${cfg.baseDir}/{conf,virtualhosts,temp,lib,shared/lib,webapps,bin}"}
        mkdir -p${folders}
        chown ${cfg.user}:${cfg.group}${folders}
        ln -sfn ${cfg.package}/bin ${cfg.baseDir}/bin
        ln -sfn ${cfg.package}/conf/* ${cfg.baseDir}/conf/
        rm ${cfg.baseDir}/conf/server.xml
        cp ${pkgs.writeText "server.xml" cfg.serverXml} ${cfg.baseDir}/conf/server.xml
        ln -sfn ${cfg.package}/lib/* ${cfg.baseDir}/lib/
        ${lib.concatMapStrings (
          folder: "ln -sfn ${folder}/webapps/* ${cfg.baseDir}/webapps/\n"
        ) cfg.webapps}
      '';
      serviceConfig = {
        Type = "forking";
        PermissionsStartOnly = true;
        PIDFile = "/run/tomcat/tomcat.pid";
        RuntimeDirectory = "tomcat";
        User = cfg.user;
        Environment = [
          "CATALINA_BASE=${cfg.baseDir}"
          "CATALINA_PID=/run/tomcat/tomcat.pid"
          "JAVA_HOME='${cfg.jdk}'"
          "JAVA_OPTS='${toString cfg.javaOpts}'"
          "CATALINA_OPTS='${toString cfg.catalinaOpts}'"
        ]
        ++ cfg.extraEnvironment;
        ExecStart = "${cfg.package}/bin/startup.sh";
        ExecStop = "${cfg.package}/bin/shutdown.sh";
      };
    };
  };
}
