import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { before, describe, it } from "mocha";
import { environment, evaluateHost, project, refusal, system, upload } from "../nix";
import { change, signIn, slice, type Overrides } from "../samples";

const secret = (...names: string[]) =>
  Object.fromEntries(
    names.map((name) => [
      name,
      { path: `/srv/nixmox/secrets/${name}`, owner: "root", mode: "0400", env: null },
    ]),
  );

const sample = slice("mail", {
  service: { ports: [25, 465, 587, 993] },
  certificate: { certFile: "/srv/keys/server.crt", keyFile: "/srv/keys/server.key" },
  secrets: secret("mailbox-anna", "mailbox-bob"),
});

/** A host of mail that differs from the sample in its slice, and has a file of its own. */
const host = (overrides: Overrides = {}, file = "") =>
  upload("mail", change(sample, overrides), {
    "nixos/hosts/mail.nix": `{ pkgs, ... }: { ${file} }`,
  });
const of = <T>(expression: string, overrides?: Overrides, file?: string) =>
  evaluateHost<T>(host(overrides, file), "mail", expression);

const settings = "services.postfix.settings";
/** The lines of the table that a setting of Postfix names last, which has to be built for that. */
function tableOf(setting: string, file?: string): string[] {
  const flake = host({}, file);
  const expression = `
    let
      nixpkgs = import ${project}/lab/nixos/eval { };
      inherit (nixpkgs) lib;
      outputs = (import ${flake}/flake.nix).outputs { self = outputs; inherit nixpkgs; };
      inherit (outputs.nixosConfigurations.mail.config) services;
      table = lib.last (lib.splitString " " (lib.head ${settings}.main.${setting}));
    in derivation {
      name = "table";
      system = builtins.currentSystem;
      builder = "/bin/sh";
      args = [ "-c" "/bin/cat \${lib.removePrefix "texthash:" table} >$out" ];
    }`;
  const args = ["--no-out-link", "--quiet", "--expr", expression];
  const path = execFileSync("nix-build", args, { env: environment, encoding: "utf8" });
  return readFileSync(path.trim(), "utf8").trim().split("\n");
}

interface Unit {
  readonly requires: readonly string[];
  readonly serviceConfig: Readonly<Record<string, string | readonly string[]>>;
}
const unit = (name: string, overrides?: Overrides, file?: string) =>
  of<Unit>(`{ inherit (systemd.services.${name}) requires serviceConfig; }`, overrides, file);
/** The arguments of a line of master.cf, as one text. */
const listener = (name: string, overrides?: Overrides) =>
  of<string>(`lib.concatStringsSep " " ${settings}.master.${name}.args`, overrides);

describe("the mail module", () => {
  let main: Readonly<Record<string, unknown>>;
  before(() => (main = of(`${settings}.main`)));

  it("can be built", () => assert.match(of<string>(system), /\.drv$/));

  it("has a mailbox for each secret of that name, at the homelab's domain", () => {
    assert.deepEqual(of("nixmox.mail.mailboxes"), ["anna", "bob"]);
    assert.deepEqual(main.virtual_mailbox_domains, ["home.example"]);
    assert.deepEqual(tableOf("virtual_mailbox_maps"), [
      "anna@home.example OK",
      "bob@home.example OK",
    ]);
    const single = { network: { domain: "lan" }, service: { hostname: "mail.lan" } };
    assert.equal(of("nixmox.mail.domain", single), "mail.lan");
    assert.equal(
      of("nixmox.mail.domain", {}, 'nixmox.mail.domain = "example.com";'),
      "example.com",
    );
  });

  it("hashes the passwords in their files, and nothing runs before that", () => {
    const { LoadCredential, ExecStart, Group } = unit("mail").serviceConfig;
    assert.deepEqual(LoadCredential, [
      "anna:/srv/nixmox/secrets/mailbox-anna",
      "bob:/srv/nixmox/secrets/mailbox-bob",
    ]);
    assert.match(
      String(ExecStart),
      /write-passwords \/run\/mailboxes\/passwords home\.example anna bob$/,
    );
    assert.equal(Group, "dovecot2");
    for (const name of ["dovecot", "postfix"]) {
      assert.ok(unit(name).requires.includes("mail.service"), name);
    }
  });

  it("serves TLS with its certificate, whose key is a credential", () => {
    const at = (name: string) => `/run/credentials/${name}.service`;
    assert.deepEqual(main.smtpd_tls_chain_files, [
      `${at("postfix")}/key`,
      `${at("postfix")}/certificate`,
    ]);
    for (const name of ["dovecot", "postfix"]) {
      const loaded = unit(name).serviceConfig.LoadCredential;
      assert.deepEqual(loaded, ["certificate:/srv/keys/server.crt", "key:/srv/keys/server.key"]);
    }
  });

  it("listens on its own address, at the ports of the manifest", () => {
    assert.deepEqual(main.inet_interfaces, ["10.20.30.20", "127.0.0.1"]);
    assert.equal(of("services.dovecot2.settings.listen"), "10.20.30.20");
    const names = `lib.mapAttrsToList (_: each: each.name) (lib.filterAttrs (_: each: each.type == "inet") ${settings}.master)`;
    assert.deepEqual(of(names), ["smtp", "submission", "submissions"]);
    // Programs of the host itself still hand in mail.
    const without = { service: { ports: [465, 993] } };
    assert.deepEqual(of(names, without), ["127.0.0.1:smtp", "submissions"]);
  });

  it("passes on mail of those who have logged in over TLS, under their own addresses", () => {
    assert.deepEqual(main.mynetworks, ["127.0.0.0/8"]);
    assert.deepEqual(main.smtpd_relay_restrictions, [
      "permit_mynetworks",
      "reject_unauth_destination",
    ]);
    assert.equal(main.smtpd_sasl_auth_enable, undefined);
    for (const name of ["submission", "submissions"]) {
      const words = listener(name);
      assert.match(words, /-o smtpd_tls_security_level=encrypt/);
      assert.match(words, /-o smtpd_client_restrictions=permit_sasl_authenticated,reject/);
      assert.match(words, /-o smtpd_sender_restrictions=reject_sender_login_mismatch/);
    }
  });

  it("gives what everyone expects an owner, and aliases to those whom the host file names", () => {
    const customary = ["abuse", "hostmaster", "postmaster", "root"];
    assert.deepEqual(
      tableOf("virtual_alias_maps"),
      customary.map((name) => `${name}@home.example anna@home.example`),
    );
    const file = `nixmox.mail.postmaster = "bob";
      nixmox.mail.aliases = { info = [ "anna" "bob" "x@elsewhere.example" ]; abuse = [ "info" ]; };`;
    assert.deepEqual(tableOf("virtual_alias_maps", file), [
      "abuse@home.example info@home.example",
      "hostmaster@home.example bob@home.example",
      "info@home.example anna@home.example,bob@home.example,x@elsewhere.example",
      "postmaster@home.example bob@home.example",
      "root@home.example bob@home.example",
    ]);
    const owners = tableOf("smtpd_sender_login_maps", file);
    assert.ok(owners.includes("info@home.example anna@home.example,bob@home.example"));
    assert.ok(owners.includes("anna@home.example anna@home.example"));
    assert.ok(!owners.some((line) => line.startsWith("abuse@")));
  });

  it("hands everything to another server where the host file names one, with its password from a file", () => {
    const file = 'nixmox.mail.relay = { host = "smtp.example.net"; user = "home"; };';
    const secrets = { secrets: { ...sample.secrets, ...secret("relay-password") } };
    const relayed = of<Readonly<Record<string, unknown>>>(`${settings}.main`, secrets, file);
    assert.deepEqual(relayed.relayhost, ["[smtp.example.net]:587"]);
    assert.equal(relayed.smtp_tls_security_level, "secure");
    assert.deepEqual(relayed.smtp_sasl_password_maps, ["texthash:/run/postfix-relay/login"]);
    const { LoadCredential } = unit("postfix", secrets, file).serviceConfig;
    assert.ok(LoadCredential!.includes("relay-password:/srv/nixmox/secrets/relay-password"));
    assert.deepEqual(main.relayhost, []);
  });

  it("says the same to Dovecot 2.4, which the pin has, and to 2.3", () => {
    const text = (version: string) =>
      of<string>(
        "services.dovecot2.configFile.text",
        {},
        `services.dovecot2.package = pkgs.dovecot // { version = "${version}"; };`,
      );
    const [old, current] = [text("2.3.21"), text("2.4.2")];
    for (const each of [old, current]) {
      assert.match(each, /^ssl = required$/m);
      assert.match(each, /^protocols = imap lmtp$/m);
      assert.match(each, /^ {2}inet_listener imap \{\n {4}port = 0\n/m);
    }
    assert.match(current, /^dovecot_config_version = 2\.4\.0\ndovecot_storage_version = 2\.4\.0\n/);
    assert.match(
      current,
      /^passdb passwd-file \{\n {2}passwd_file_path = \/run\/mailboxes\/passwords\n\}/m,
    );
    assert.match(
      current,
      /^mail_home = \/var\/lib\/vmail\/%\{user \| domain\}\/%\{user \| username\}$/m,
    );
    assert.match(old, /^mail_home = \/var\/lib\/vmail\/%d\/%n$/m);
    assert.match(old, /^ssl_key = <\/run\/credentials\/dovecot\.service\/key$/m);
    assert.doesNotMatch(old, /dovecot_config_version|ssl_server|%\{/);
    assert.doesNotMatch(current, /mail_location|disable_plaintext_auth|ssl_cert |%[dn]/);
  });

  it("signs with a key of the host's own, whose name renews it", () => {
    const { domains, selector } = of<Record<string, string>>(
      "{ inherit (services.opendkim) domains selector; }",
      {},
      'nixmox.mail.dkimSelector = "mail2027";',
    );
    assert.deepEqual([domains, selector], ["csl:home.example", "mail2027"]);
    assert.deepEqual(main.smtpd_milters, ["unix:/run/opendkim/opendkim.sock"]);
  });

  it("names what it keeps", () => {
    assert.deepEqual(of("lib.mapAttrs (_: each: each.directory) nixmox.state"), {
      dkim: "/var/lib/opendkim/keys",
      mail: "/var/lib/vmail",
      queue: "/var/lib/postfix/queue",
    });
  });

  const message = (overrides: Overrides, file?: string) => refusal(host(overrides, file), "mail");
  for (const [what, overrides, expected, file] of [
    ["no certificate", { certificate: null }, /Set `interface\.certificate = true`/],
    [
      "no mailbox",
      { secrets: {} },
      /nobody has a mailbox\. Set `interface\.secrets\.mailbox-NAME = \{\}`/,
    ],
    [
      "no mailbox, which is one fault",
      { secrets: {} },
      /^(?![^]*which is no mailbox)[^]*nobody has a mailbox/,
    ],
    [
      "no port to read mail at",
      { service: { ports: [25, 465] } },
      /Set `ports = \[25, 465, 587, 993\]`/,
    ],
    [
      "a port that it has nothing for",
      { service: { ports: [465, 993, 143, 995] } },
      /nothing would listen on port 143, 995\. Leave only 25, 465, 587 and 993/,
    ],
    [
      "a unit that is not its own",
      { service: { ports: [465, 993], unit: "post.service" } },
      /Set `unit = "mail\.service"`/,
    ],
    [
      "a sign-in at the identity provider",
      { signIns: { default: signIn("mail", "callback") } },
      /Remove `interface\.auth`/,
    ],
    [
      "an account at another server without its password",
      {},
      /Set `interface\.secrets\.relay-password = \{ generate = false \}`/,
      'nixmox.mail.relay = { host = "smtp.example.net"; user = "home"; };',
    ],
    [
      "an alias of nobody",
      {},
      /mail would go to eve, which is no mailbox\./,
      'nixmox.mail.aliases.info = [ "anna" "eve" ];',
    ],
    [
      "an alias that is a mailbox",
      {},
      /bob is a mailbox and an alias\. Remove it from nixmox\.mail\.aliases/,
      'nixmox.mail.aliases.bob = [ "anna" ];',
    ],
  ] as readonly (readonly [string, Overrides, RegExp, string?])[]) {
    it(`refuses ${what}`, () => assert.match(message(overrides, file), expected));
  }
});
