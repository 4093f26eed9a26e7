/**
 * What a route may use of Caddy, by the names of its directives. Everything else is refused: a list of
 * what is dangerous would be out of date with Caddy's next version.
 */

/** Directives that answer or change a request, and nothing else. */
const plainDirectives = [
  "abort",
  "basic_auth",
  "basicauth",
  "copy_response",
  "copy_response_headers",
  "encode",
  "error",
  "header",
  "log_append",
  "log_skip",
  "method",
  "redir",
  "request_body",
  "request_header",
  "respond",
  "rewrite",
  "skip_log",
  "uri",
] as const;

/** Directives whose block holds directives. */
export const nestingDirectives = ["handle", "handle_path", "route"] as const;

/** Directives that pass requests on. */
export const proxyDirectives = ["forward_auth", "php_fastcgi", "reverse_proxy"] as const;

/** Directives that look for files, whose folder `root` names. */
export const fileDirectives = ["file_server", "php_fastcgi", "try_files"] as const;

export const directives: readonly string[] = [
  ...plainDirectives,
  ...nestingDirectives,
  ...proxyDirectives,
  ...fileDirectives,
  "map",
  "root",
  "vars",
];

/** Without expressions and `vars_regexp`: both can be made to read placeholders that no one wrote. */
export const matchers: readonly string[] = [
  "client_ip",
  "file",
  "header",
  "header_regexp",
  "host",
  "method",
  "not",
  "path",
  "path_regexp",
  "protocol",
  "query",
  "remote_ip",
  "vars",
];

/** Lines in the block of a directive that passes requests on. */
export const proxyOptions: readonly string[] = [
  "buffer_requests",
  "buffer_responses",
  "copy_headers",
  "dial_timeout",
  "env",
  "fail_duration",
  "flush_interval",
  "handle_response",
  "header_down",
  "header_up",
  "health_body",
  "health_fails",
  "health_headers",
  "health_interval",
  "health_method",
  "health_passes",
  "health_status",
  "health_timeout",
  "health_uri",
  "index",
  "lb_policy",
  "lb_retries",
  "lb_try_duration",
  "lb_try_interval",
  "max_buffer_size",
  "max_fails",
  "method",
  "read_timeout",
  "replace_status",
  "request_buffers",
  "response_buffers",
  "rewrite",
  "root",
  "split",
  "stream_close_delay",
  "stream_timeout",
  "to",
  "transport",
  "trusted_proxies",
  "try_files",
  "unhealthy_latency",
  "unhealthy_request_count",
  "unhealthy_status",
  "uri",
  "write_timeout",
];

/** Lines in the block of `transport`. */
export const transportOptions: readonly string[] = [
  "compression",
  "dial_fallback_delay",
  "dial_timeout",
  "env",
  "expect_continue_timeout",
  "keepalive",
  "keepalive_idle_conns",
  "keepalive_idle_conns_per_host",
  "keepalive_interval",
  "max_conns_per_host",
  "max_response_header",
  "read_buffer",
  "read_timeout",
  "response_header_timeout",
  "root",
  "split",
  "tls",
  "tls_insecure_skip_verify",
  "tls_renegotiation",
  "tls_server_name",
  "tls_timeout",
  "versions",
  "write_buffer",
  "write_timeout",
];

/** Lines in the block of `file_server`. */
export const fileOptions: readonly string[] = [
  "browse",
  "disable_canonical_uris",
  "hide",
  "index",
  "pass_thru",
  "precompressed",
  "root",
  "status",
];

/** Variables that mean something to Caddy itself; `root` is checked. */
export const reservedVariables: readonly string[] = [
  "access_logger_names",
  "client_ip",
  "extra_log_fields",
  "fs",
  "trusted_proxy",
];
