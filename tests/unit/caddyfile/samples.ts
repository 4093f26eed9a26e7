/**
 * What people write into `extra_config`, and what an attacker writes. The route is
 * https://notes.nixmox.lan/ with the upstream 192.168.99.17:8080.
 */
export const domain = "notes.nixmox.lan";
export const upstream = "192.168.99.17:8080";

export const harmless: Readonly<Record<string, string>> = {
  "a header": "header X-Robots-Tag noindex",
  "headers in a block": 'header {\n  X-A "1"\n  -X-Powered-By\n  Location http:// https://\n}',
  "a header of the request": "request_header X-Forwarded-Prefix /notes",
  compression: "encode gzip zstd",
  "compression in a block": "encode {\n\tgzip 6\n\tminimum_length 1024\n}",
  "a limit of the body": "request_body {\n\tmax_size 10MB\n}",
  "a response": "respond /ping pong 200",
  "a response in quotes": 'respond /ping "please do not import anything" 200',
  "a response in JSON": 'respond /ping `{"ok":true}` 200',
  "a response in several lines": "respond /ping `one\ntwo`",
  "a redirect": "redir /old /new permanent",
  "a redirect with a placeholder": "redir https://{host}{uri}?from={query.from} 302",
  "a redirect after a matcher": "@old path /old /older\nredir @old /new{uri}",
  "a matcher with several conditions":
    "@a {\n\tpath /x* /y\n\tmethod GET POST\n\theader X-A *b*\n\tnot path /z\n\tremote_ip 10.0.0.0/8\n}\nheader @a X-A b",
  "a matcher by a regular expression": "@php path_regexp php \\.(php|cgi){1,2}$\nrespond @php 404",
  "a matcher by the own host": "@own host notes.nixmox.lan\nheader @own X-Own 1",
  "a rewrite": "rewrite /old/* /new{uri}",
  "a path without its prefix": "uri strip_prefix /notes",
  "another method": "@head method HEAD\nmethod @head GET",
  "a sign-in":
    "basicauth /admin/* {\n\tbob $2a$14$8vGQnqmVzvVfQ5pSrDkmSO7cP7cWZcQ1yBq6l6iW1yVlXPV1yV1yV\n}",
  "no log": "skip_log /health",
  "a variable": "vars colour red\nheader X-Colour {vars.colour}",
  "a map":
    'map {path} {kind} {\n\t/a first\n\t~^/b(.*)$ "second${1}"\n\tdefault none\n}\nheader X-Kind {kind}',
  "an error": 'error /secret "no" 403',
  "an end": "abort /bot*",
  "blocks in blocks":
    "route /a/* {\n\thandle /a/b {\n\t\thandle_path /a/* {\n\t\t\trespond x\n\t\t}\n\t}\n}",
  "its own upstream again":
    "reverse_proxy /ws/* 192.168.99.17:8080 {\n\theader_up Host {host}\n\tflush_interval -1\n}",
  "its own upstream with options":
    "reverse_proxy /slow/* http://192.168.99.17:8080 {\n\thealth_uri /health\n\ttransport http {\n\t\tread_timeout 5m\n\t\tkeepalive off\n\t}\n\t@bad status 5xx\n\thandle_response @bad {\n\t\trespond sorry 502\n\t}\n}",
  "a sign-in at its own upstream":
    "forward_auth /private/* 192.168.99.17:8080 {\n\turi /auth\n\tcopy_headers Remote-User\n}",
  "files of a folder": "handle_path /static/* {\n\troot * /srv/notes\n\tfile_server\n}",
  "files of a folder of its own":
    "file_server /docs/* browse {\n\troot /var/www/notes/docs.d\n\thide *.tmp\n}",
  PHP: "root * /srv/notes\nphp_fastcgi /app/* 192.168.99.17:8080",
  "the first file that exists": "root * /srv/notes\ntry_files {path} /index.html",
  comments: "# import nothing, {close} nothing }\nheader X-A 1 # and so on",
  "empty lines": "\n\nheader X-A 1\n\n\nheader X-B 2\n",
  "other alphabets": 'respond /hello "grüße, 世界 🎈"',
  "numbers in braces": "@id path_regexp id ^/[0-9]{1,3}$\nheader @id X-Id {re.id.0}",
};

const served = "file_server";
/** Closes the handler that the text is in, and leaves nothing open. */
const closing = (inner: string) => `}\n${inner}\nhandle {\nheader X-A 1`;

/** None of these may be accepted, neither from the manifest nor on the proxy. */
export const hostile: Readonly<Record<string, string>> = {
  // Files of the proxy
  "the credentials' folder": `root * /run/credentials/caddy.service\n${served}`,
  "the credentials' folder by a variable": `vars root /run/credentials/caddy.service\n${served}`,
  "the credentials' folder in a block": `vars {\n\troot /run/credentials\n}\n${served}`,
  "the credentials' folder in quotes": `"root" "*" "/run/credentials/caddy.service"\n"${served}"`,
  "the credentials' folder in raw quotes": `root * \`/run/credentials/caddy.service\`\n\`${served}\``,
  "the folder that a header names": `root * {http.request.header.X-Root}\n${served}`,
  "the folder that a variable's header names": `vars {header.X-Name} /etc\nroot * /srv/a\n${served}`,
  "the folder of a placeholder": `root * {env.CREDENTIALS_DIRECTORY}\n${served}`,
  "all files": `root * /\n${served} browse`,
  "files without a folder": `${served} browse`,
  "files with a folder for some requests": `root /some/* /srv/notes\n${served}`,
  "a folder next to the allowed one": `root * /srv/../etc\n${served}`,
  "a folder that looks like the allowed one": `root * /srvx/a\n${served}`,
  "the whole allowed folder": `root * /srv\n${served}`,
  "a relative folder": `root * etc\n${served}`,
  "files with a folder of their own": "file_server {\n\troot /etc\n}",
  "files in a block in a block": `route {\n\thandle /a {\n\t\troot * /etc\n\t\t${served}\n\t}\n}`,
  "files below a path": `handle_path /x/* {\n\troot * /var/lib/nixmox\n\t${served}\n}`,
  "a page template": "file_server {\n\troot /srv/notes\n\tbrowse /etc/shadow\n}",
  "an index elsewhere": "file_server {\n\troot /srv/notes\n\tindex ../../etc/shadow\n}",
  "files of another file system": `fs embedded\nroot * /srv/a\n${served}`,
  "files that exist": "@a file /etc/shadow\nrespond @a yes",
  "files that exist below a folder":
    "@a {\n\tfile {\n\t\troot /run/credentials\n\t\ttry_files {path}\n\t}\n}\nrespond @a yes",
  "files tried": "try_files /etc/shadow",
  "an expression, however harmless":
    "@slow expression `{path}.startsWith('/slow')`\nrespond @slow 1",
  "an expression without its name": "@slow `method('GET')`\nrespond @slow 1",
  "a call after a comment":
    '@a expression `caddyPlaceholder//\n(request, "env.HOME").startsWith("/")`\nrespond @a yes',
  "files after a comment":
    '@a expression `file//\n({"root": "/run/credentials", "try_files": ["/*/*"]})`\nrespond @a yes',
  "a placeholder put together": "@a expression `header({'X': '{' + 'env.HOME}'})`\nrespond @a yes",
  "a visitor's placeholder":
    "vars v {http.request.header.X-In}\n@a vars_regexp x v ^(.*)$\nrespond @a {re.x.1}",
  "files by an expression": "@a expression `file({'root': '/run/credentials'})`\nrespond @a yes",
  templates: 'templates\nrespond `{{readFile "/etc/shadow"}}`',
  "templates with options": "root * /srv/a\ntemplates {\n\troot /etc\n}",
  "a placeholder of a file": 'respond "{file./etc/shadow}"',
  "a placeholder of a file in a header": "header X-A {file./run/credentials/caddy.service/key}",
  "a placeholder of the environment": "respond {env.CREDENTIALS_DIRECTORY}",
  "a placeholder of the environment in a redirect": "redir https://example.org/{env.HOME}",
  "a placeholder in a placeholder": "respond {http.request.header.{env.HOME}}",
  "a placeholder of the system": "header X-A {system.wd}",
  "a placeholder in a variable": "vars a {env.HOME}\nrespond {vars.a}",
  "a placeholder in a map": "map {path} {a} {\n\tdefault {env.HOME}\n}\nrespond {a}",
  "a placeholder in an expression": "@a expression `{env.HOME} == '/'`\nrespond @a yes",
  "a placeholder called in an expression":
    "@a expression `caddyPlaceholder(request, 'env.HOME') == '/'`\nrespond @a yes",
  "a placeholder spelled in an expression":
    "@a expression `path('{\\x65nv.HOME}')`\nrespond @a yes",
  "a map to the folder": `map {path} {http.vars.root} {\n\tdefault /etc\n}\nroot * /srv/a\n${served}`,
  "the environment": "respond {$HOME}",
  "the environment with a default": `root * {$HOME:/srv/notes}\n${served}`,
  "a directive from the environment": "{$NOTHING:import} /etc/shadow",
  "a directive in the middle of a word": "im{$NOTHING:port} /etc/shadow",
  // Other files of configuration
  import: "import /etc/shadow",
  "import in quotes": '"import" /etc/shadow',
  "import in raw quotes": "`import` /etc/shadow",
  "import after a carriage return": "im\rport /etc/shadow",
  "import of a pattern without a match": "import /nonexistent/*",
  "import in a block": "handle {\n\timport /etc/shadow\n}",
  "import in a block of headers": "header {\n\timport /etc/shadow\n}",
  "import in a matcher": "@a {\n\timport /etc/shadow\n}\nrespond @a yes",
  "import in a snippet": `${closing("}\n(a) {\n\timport /etc/shadow\n}\nnotes.nixmox.lan:443 {\n\thandle {\n\t\timport a")}`,
  "import after an odd escape": 'header X-A \\"a "b\nimport /etc/shadow\nheader c" d',
  "import at the end of a continued line": "header X-A b \\\n# \\\nimport /etc/shadow",
  "import with a backslash": "import\\ /etc/shadow",
  // Caddy's own services
  "the admin API": "reverse_proxy localhost:2019",
  "the admin API by its address":
    "reverse_proxy 127.0.0.1:2019 {\n\theader_up Host localhost:2019\n}",
  "the admin API by its socket": "reverse_proxy unix//run/caddy/admin.sock",
  "the admin API below a path":
    "handle_path /admin/* {\n\treverse_proxy /* unix//run/caddy/admin.sock\n}",
  "the metrics": "metrics /metrics",
  "a certificate authority": "acme_server",
  traces: "tracing {\n\tspan a\n}",
  "a named route": "invoke other",
  pushes: "push /x",
  // Other upstreams
  "another upstream": "reverse_proxy 192.168.99.11:5432",
  "another port": "reverse_proxy 192.168.99.17:22",
  "an upstream beside its own": "reverse_proxy 192.168.99.17:8080 192.168.99.11:5432",
  "an upstream that a header names": "reverse_proxy {http.request.header.X-To}",
  "an upstream in a block": "reverse_proxy {\n\tto 192.168.99.17:8080 169.254.169.254:80\n}",
  "the cloud's metadata": "reverse_proxy 169.254.169.254:80",
  "an upstream outside": "reverse_proxy https://example.org",
  "upstreams by name": "reverse_proxy {\n\tdynamic a example.org 80\n}",
  "upstreams by service": "reverse_proxy srv+http://_http._tcp.example.org",
  "an upstream in capitals": "REVERSE_PROXY 192.168.99.11:80",
  "a sign-in elsewhere": "forward_auth 192.168.99.20:9000 {\n\turi /\n}",
  "PHP elsewhere": "root * /srv/a\nphp_fastcgi 127.0.0.1:9000",
  "PHP by a socket": "root * /srv/a\nphp_fastcgi unix//run/php.sock",
  "PHP by a transport": "reverse_proxy 127.0.0.1:9000 {\n\ttransport fastcgi\n}",
  "an upstream for errors":
    "reverse_proxy 192.168.99.17:8080 {\n\thandle_response {\n\t\treverse_proxy 127.0.0.1:2019\n\t}\n}",
  "files for errors": `reverse_proxy 192.168.99.17:8080 {\n\thandle_response {\n\t\troot * /etc\n\t\t${served}\n\t}\n}`,
  "another port for health checks": "reverse_proxy 192.168.99.17:8080 {\n\thealth_port 22\n}",
  "a key for the upstream":
    "reverse_proxy https://192.168.99.17:8080 {\n\ttransport http {\n\t\ttls_client_auth /a.crt /a.key\n\t}\n}",
  "a certificate for the upstream":
    "reverse_proxy https://192.168.99.17:8080 {\n\ttransport http {\n\t\ttls_trusted_ca_certs /run/credentials/caddy.service/key\n\t}\n}",
  "another proxy on the way":
    "reverse_proxy 192.168.99.17:8080 {\n\ttransport http {\n\t\tforward_proxy_url http://192.168.99.20:3128\n\t}\n}",
  // Other sites
  "another site": closing("}\nminiflux.nixmox.lan {\nrespond taken"),
  "another site in one line": '}\n}\n"miniflux.nixmox.lan" {\nhandle {\nrespond taken',
  "another site after a comment": `# {\n${closing("}\nminiflux.nixmox.lan {\nrespond taken")}`,
  "another site after a heredoc": `respond <<END\n}\nEND\n${closing("}\nminiflux.nixmox.lan {\nrespond taken")}`,
  "the same site by another scheme": closing("}\nhttp://notes.nixmox.lan {\nrespond taken"),
  "every site": closing("}\n:443 {\nrespond taken"),
  "another port of the proxy": closing("}\n:8443 {\nrespond taken"),
  "global options": closing("}\n{\n\tadmin 0.0.0.0:2019"),
  "a snippet": closing("}\n(a) {\nrespond taken"),
  "another host in a matcher": "@a host miniflux.nixmox.lan\nrespond @a taken",
  "another host in a block":
    "@a {\n\tnot {\n\t\thost miniflux.nixmox.lan\n\t}\n}\nrespond @a taken",
  // What belongs to the site or to the server
  "another certificate": "tls internal",
  "a certificate's files": "tls /etc/a.crt /etc/a.key",
  "certificates on demand": "tls {\n\ton_demand\n}",
  "another address": "bind 127.0.0.1",
  "a log": "log {\n\toutput file /etc/cron.d/a\n}",
  "a log over the network": "log {\n\toutput net example.org:1\n}",
  "a site's errors": "handle_errors {\n\trespond x\n}",
  "a site's errors outside": `}\nhandle_errors {\nroot * /etc\n${served}\n}\nhandle {\nrespond x`,
  "another order": "order metrics first",
  "intercepted responses": `intercept {\n\thandle_response {\n\t\troot * /etc\n\t\t${served}\n\t}\n}`,
  // Syntax
  "a brace that closes the handler": "}",
  "two braces that close the site": "}\n}",
  "a brace that is not closed": "handle {",
  "a brace in quotes": 'respond "}"\n}\n}\nexample.org {\nhandle {',
  "a quote that is not closed": 'respond "',
  "a raw quote that is not closed": "respond `",
  "a line that goes on": "respond x \\",
  "an invisible character": "respond\u200b x",
  "a byte order mark": "\ufeffimport /etc/shadow",
  "a space that is none": "import\u00a0/etc/shadow",
  "another end of line": "header X-A 1\u2028import /etc/shadow",
  "a zero": "header X-A 1\0",
  "an unknown directive": "no_such_directive",
};
