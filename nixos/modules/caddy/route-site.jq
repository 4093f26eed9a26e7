# What a route may not do, one line each. Input: the route alone, as Caddy adapts it to JSON;
# $route: what it is for, as the deployment says; $authorities: the folder of devices' certificates.
# Everything that is not named here is refused.
def only($what; $known): keys[] | select(IN($known[]) | not) | "\($what) with \(.)";

def folder: type == "string"
  and test("^/(srv|var/www)(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+/?$");
def checkFolder($what): select(folder | not)
  | "\($what) at \(.): a folder below /srv or /var/www would be allowed";

# A brace before a letter starts a placeholder. Those without a dot come from the route's own `map`.
def checkPlaceholders:
  ([.. | strings], [.. | objects | keys[]] | .[])
  | scan("\\{[A-Za-z_$][^{}]*") | .[1:]
  | select(test("^([A-Za-z_][A-Za-z0-9_-]*|time\\.[a-z_.]+|http\\.(request|vars|regexp|error|matchers|reverse_proxy|auth\\.user)\\..+)$") | not)
  | "the placeholder {\(.)}";

# Not expressions and vars_regexp: both can be made to read placeholders that no one wrote.
def checkMatchers($rooted): .[]
  | only("a matcher"; ["path", "path_regexp", "host", "method", "header", "header_regexp", "query", "protocol",
      "remote_ip", "client_ip", "vars", "not", "file"]),
    (.host // empty | .[] | select(. != $route.domain) | "the host \(.)"),
    (.not // empty | checkMatchers($rooted)),
    (.file // empty
      | only("a file matcher"; ["try_files", "try_policy", "split_path", "root"]),
        if has("root") then .root | checkFolder("a file matcher")
        elif $rooted then empty
        else "a file matcher without a root" end);

def checkTransport:
  if .protocol == "fastcgi" then
    only("FastCGI"; ["protocol", "root", "split_path", "env", "dial_timeout", "read_timeout", "write_timeout"])
  elif .protocol == "http" then
    only("a transport"; ["protocol", "tls", "keep_alive", "compression", "versions", "max_conns_per_host",
      "dial_timeout", "dial_fallback_delay", "response_header_timeout", "expect_continue_timeout",
      "read_timeout", "write_timeout", "read_buffer_size", "write_buffer_size", "max_response_header_size"]),
    (.tls // empty
      | only("TLS to the upstream"; ["server_name", "insecure_skip_verify", "handshake_timeout", "renegotiation",
          "root_ca_pem_files", "ca"]),
        (.ca // empty | only("TLS to the upstream"; ["provider", "pem_files"])),
        ((.root_ca_pem_files // empty), (.ca // empty | .pem_files) | .[]
| select(. == "/etc/nixmox/ca.crt" or (startswith($authorities + "/")
              and (ltrimstr($authorities + "/") | test("^[a-z0-9-]+[.]pem$"))) | not)
            | "the certificate file \(.)"))
  else "a transport \(.protocol)" end;

def checkRoutes($rooted):
  # Whether a handler names the folder of files for everything that follows it.
  def roots: .handler == "vars" and has("root");

  def checkProxy:
    only("reverse_proxy"; ["handler", "upstreams", "headers", "flush_interval", "stream_timeout",
      "stream_close_delay", "load_balancing", "health_checks", "rewrite", "buffer_requests",
      "buffer_responses", "max_buffer_size", "request_buffers", "response_buffers", "trusted_proxies",
      "handle_response", "transport"]),
    (.upstreams // [] | .[]
      | only("an upstream"; ["dial", "max_requests"]),
        (.dial | select(IN($route.upstreams[]) | not) | "the upstream \(.)")),
    (.load_balancing // {} | only("load balancing"; ["selection_policy", "retries", "try_duration", "try_interval"])),
    (.health_checks // {} | only("health checks"; ["active", "passive"])),
    (.health_checks.active // {} | only("health checks"; ["uri", "path", "interval", "timeout", "headers", "method",
      "expect_status", "expect_body", "max_size", "passes", "fails"])),
    (.transport // empty | checkTransport),
    (.handle_response // [] | .[]
      | only("handle_response"; ["match", "status_code", "routes"]), (.routes // [] | checkRoutes($rooted)));

  def checkFiles($rooted):
    only("file_server"; ["handler", "root", "hide", "index_names", "browse", "canonical_uris", "status_code",
      "pass_thru", "precompressed", "precompressed_order"]),
    (.browse // {} | only("browse"; ["reveal_symlinks", "sort", "file_limit"])),
    (.index_names // [] | .[] | select(contains("/")) | "the index \(.)"),
    if has("root") then .root | checkFolder("file_server")
    elif $rooted then empty
    else "file_server without a root" end;

  def checkHandler($rooted):
    if .handler == "subroute" then only("subroute"; ["handler", "routes"]), (.routes // [] | checkRoutes($rooted))
    elif .handler == "reverse_proxy" then checkProxy
    elif .handler == "file_server" then checkFiles($rooted)
    elif .handler == "vars" then
      (.root // empty | checkFolder("root")),
      (keys[] | select(test("^[A-Za-z_][A-Za-z0-9_.-]*$") | not) | "the variable \(.)"),
      (keys[] | select(IN("fs", "access_logger_names", "extra_log_fields", "client_ip", "trusted_proxy"))
        | "the variable \(.)")
    elif .handler == "map" then
      (.destinations[] | select(test("^\\{[A-Za-z_][A-Za-z0-9_-]*\\}$") | not) | "the map to \(.)")
    elif .handler == "authentication" then
      only("authentication"; ["handler", "providers"]), (.providers // {} | only("authentication"; ["http_basic"]))
    elif IN(.handler; "headers", "encode", "request_body", "rewrite", "static_response", "error",
      "copy_response", "copy_response_headers", "log_append") then empty
    else "the handler \(.handler)" end;

  def checkHandlers($rooted):
    if length == 0 then empty else
      (.[0] | checkHandler($rooted)), (($rooted or (.[0] | roots)) as $after | .[1:] | checkHandlers($after))
    end;

  if length == 0 then empty else
    (.[0]
      | only("a route"; ["match", "handle", "group", "terminal"]),
        (.match // [] | checkMatchers($rooted)),
        (.handle // [] | checkHandlers($rooted))),
    # Only what applies to every request applies to what follows.
    (($rooted or (.[0] | has("match") or has("group") | not) and (.[0].handle // [] | any(roots))) as $after
      | .[1:] | checkRoutes($after))
  end;

# A site has parts of other services: what is outside of the blocks for the route's own paths would
# apply to these, too.
def checkParts:
  ($route.path | rtrimstr("/")) as $below
  | [(if $below == "" then [] else [{ path: [$below, "\($below)/*"] }] end),
      ($route.own_paths[] | [{ path: [.] }]), [{ path: ["/nixmox-beside"] }]] as $own
  | .[]
  | select(.handler == "subroute") | .routes[]
  | if has("group") and (.handle | length == 1 and .[0].handler == "subroute")
    then (.match // []) | select(IN($own[]) | not) | "the paths \(.)"
    else "a directive outside its path" end;

[
  only("a configuration"; ["apps"]),
  (.apps | only("an app"; ["http"])),
  (.apps.http | only("HTTP"; ["servers"])),
  (.apps.http.servers
    | if length != 1 then "\(length) servers instead of one" else .[]
      | only("a server"; ["listen", "routes"]),
        (select(.listen != [if $route.tls then ":443" else ":80" end]) | "the listener \(.listen)"),
        (select(.routes | length != 1) | "several sites"),
        (.routes[]
          | only("a site"; ["match", "handle", "terminal"]),
            (select(.match != [{ host: [$route.domain] }]) | "the site \(.match)"),
            (.handle | checkParts, checkPlaceholders),
            ([{ handle }] | checkRoutes(false)))
      end)
] | if length == 0 then "accepted" else unique[] end
