# The server in which Guacamole's pages run: it listens for the proxy alone, and has nothing else.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.nixmox)
    caFile
    certificate
    peers
    routes
    service
    ;
  inherit (config.services) guacamole-client;
  nixmoxLib = import ../../lib { inherit lib; };
  port = nixmoxLib.first service.ports;
  route = nixmoxLib.mainRoute routes;
  proxies = lib.filter (peer: lib.elem "proxy" peer.provides) (lib.attrValues peers);
  credentials = "/run/credentials/tomcat.service";
  jre = pkgs.jre_headless;

  # Tomcat's name for what answers below a path: ROOT, or the path with other separators.
  path = lib.replaceStrings [ "/" ] [ "#" ] (
    lib.removePrefix "/" (lib.removeSuffix "/" (if route == null then "/" else route.path))
  );
  application = pkgs.runCommand "guacamole-application" { } ''
    mkdir -p $out/webapps
    ln -s ${guacamole-client.package}/webapps/guacamole.war \
      "$out/webapps/${if path == "" then "ROOT" else path}.war"
  '';

  # Java looks at no other certificates. The password is no secret: it only guards against mishaps.
  truststore = pkgs.runCommand "truststore" { } ''
    cp "$(find -L ${jre}/ -path '*/lib/security/cacerts' | head -n 1)" $out
    chmod u+w $out
    ${jre}/bin/keytool -importcert -noprompt -storepass changeit -keystore $out \
      -alias nixmox -file ${caFile}
  '';

  connector = lib.concatStringsSep " " (
    [
      "<Connector"
      ''address="${service.ip}"''
      ''port="${toString port}"''
      ''protocol="org.apache.coyote.http11.Http11NioProtocol"''
      ''URIEncoding="UTF-8"''
    ]
    ++ (
      if certificate == null then
        [ "/>" ]
      else
        [
          ''SSLEnabled="true" scheme="https" secure="true">''
          ''<SSLHostConfig protocols="TLSv1.2,TLSv1.3">''
          ''<Certificate certificateFile="${credentials}/certificate" certificateKeyFile="${credentials}/key" />''
          "</SSLHostConfig></Connector>"
        ]
    )
  );
in
{
  config = lib.mkIf guacamole-client.enable {
    services.guacamole-client.enableWebserver = false;
    services.tomcat = {
      enable = true;
      # Guacamole does not run in later ones.
      package = pkgs.tomcat9;
      jdk = jre;
      # What an earlier version has left would be served on.
      purifyOnStart = true;
      webapps = [ application ];
      javaOpts = [
        "-Djava.awt.headless=true"
        # It has most of the container for itself.
        "-XX:MaxRAMPercentage=60"
      ]
      ++ lib.optional (caFile != null) "-Djavax.net.ssl.trustStore=${truststore}";
      serverXml = ''
        <?xml version="1.0" encoding="UTF-8"?>
        <Server port="-1">
          <Listener className="org.apache.catalina.core.JreMemoryLeakPreventionListener" />
          <Listener className="org.apache.catalina.core.ThreadLocalLeakPreventionListener" />
          <Service name="Catalina">
            ${connector}
            <Engine name="Catalina" defaultHost="localhost">
              <Host name="localhost" appBase="webapps" unpackWARs="true" autoDeploy="false">
                <Valve className="org.apache.catalina.valves.RemoteIpValve" remoteIpHeader="X-Forwarded-For" protocolHeader="X-Forwarded-Proto"
                  internalProxies="${
                    lib.concatMapStringsSep "|" (peer: lib.replaceStrings [ "." ] [ "\\." ] peer.ip) proxies
                  }" />
                <Valve className="org.apache.catalina.valves.ErrorReportValve" showReport="false" showServerInfo="false" />
              </Host>
            </Engine>
          </Service>
        </Server>
      '';
    };

    nixmox.sandbox.tomcat = {
      # Java compiles while it runs, and looks at the machine's memory.
      MemoryDenyWriteExecute = false;
      ProcSubset = "all";
      ReadWritePaths = [ config.services.tomcat.baseDir ];
      # It finds its interfaces' addresses.
      RestrictAddressFamilies = [
        "AF_INET"
        "AF_INET6"
        "AF_NETLINK"
        "AF_UNIX"
      ];
    };
    # The folder must be there before the unit can write to it.
    systemd.tmpfiles.rules = [ "d ${config.services.tomcat.baseDir} 0755 root root -" ];
    systemd.services.tomcat.serviceConfig = {
      Restart = "on-failure";
      RestartSec = 5;
      LoadCredential = lib.optionals (certificate != null) [
        "certificate:${certificate.certFile}"
        "key:${certificate.keyFile}"
      ];
    };
  };
}
