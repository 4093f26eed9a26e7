import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "mocha";
import { exposureLimit } from "../../exposure";
import { dig, finish, type Finished, type Homelab, repository } from "../homelab/homelab";
import type { SitePart } from "./part";

const client = join(__dirname, "mailClient.py");

/** The example beside the module; another part has the text of the domain itself. */
const manifest = readFileSync(join(repository, "nixos/modules/mail/example.toml"), "utf8").replace(
  '[[network.records]]\nname = "@"\ntype = "TXT"\ntext = "v=spf1 mx -all"\n',
  "",
);

const [anna, bob, stranger] = ["anna@nixmox.lan", "bob@nixmox.lan", "x@elsewhere.example"];

/** A letter: at which port, from whom, to whom, and who has logged in. */
interface Letter {
  readonly port: number;
  readonly from: string;
  readonly to: string;
  readonly login?: string;
  readonly password?: string;
}

function describeMail(lab: () => Homelab): void {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-mail-"));
  const ca = join(folder, "ca.crt");
  let address: string;
  let passwords: Record<string, string>;
  let letters = 0;

  const learn = async () => {
    address = (await lab().services()).mail!.address;
    const { mail } = await lab().output<Record<string, Record<string, string>>>("secrets");
    passwords = { [anna]: mail!["mailbox-anna"]!, [bob]: mail!["mailbox-bob"]! };
  };
  before(async () => {
    await learn();
    writeFileSync(ca, await lab().output<string>("caCertificate"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const program = (words: readonly string[], password = ""): Promise<Finished> =>
    finish("python3", [client, ...words], { stdin: password });
  const send = ({ port, from, to, login = "", password = passwords[login] }: Letter) => {
    const subject = `letter ${++letters}`;
    const words = ["send", address, ca, String(port), from, to, login, subject];
    return program(words, password).then((finished) => ({ ...finished, subject }));
  };
  const read = (login: string, subject: string, password = passwords[login]) =>
    program(["read", address, ca, login, subject], password);
  /** The letter as its reader has it, once it has come. */
  const delivered = async (letter: Letter, reader: string) => {
    const { status, stdout, stderr, subject } = await send(letter);
    assert.equal(status, 0, stdout + stderr);
    const received = await read(reader, subject);
    assert.equal(received.status, 0, received.stdout + received.stderr);
    assert.match(received.stdout, new RegExp(`^Hello from ${letter.from}\\.`, "m"));
    return received.stdout;
  };
  const refused = async (letter: Letter, answer: RegExp) => {
    const { status, stdout, stderr } = await send(letter);
    assert.equal(status, 3, stderr);
    assert.match(stdout, answer);
  };

  for (const port of [465, 587]) {
    it(`goes from one mailbox to another over TLS with a login, handed in at port ${port}`, async () => {
      const letter = await delivered({ port, from: anna, to: bob, login: anna }, bob);
      assert.match(
        letter,
        /^Received: from .*\r\n\tby mail\.nixmox\.lan \(Postfix\) with ESMTPSA /m,
      );
    });
  }

  it("is signed, as the record that the host prints lets everyone check", async () => {
    const { dns } = await lab().services();
    const { stdout } = await lab().on(address, "nixmox-dkim-record");
    const [, name, text] = /^name = "(\S+)"\ntype = "TXT"\ntext = "(.+)"$/m.exec(stdout)!;
    const parts = text!.match(/.{1,200}/g)!.map((part) => `"${part}"`);
    const publish = `unbound-control local_data`;
    const put = await lab().on(
      dns!.address,
      `xargs -0 ${publish}`,
      `${name} TXT ${parts.join(" ")}`,
    );
    assert.equal(put.status, 0, put.stdout);
    try {
      const letter = await delivered({ port: 465, from: anna, to: bob, login: anna }, bob);
      assert.match(letter, /^DKIM-Signature: v=1; a=rsa-sha256; .* d=nixmox\.lan; s=mail;/m);
      const subject = `letter ${letters}`;
      // Another server would find out the same.
      const verdict = async (message: string, title: string) => {
        const words = ["pass", address, ca, stranger, "postmaster@nixmox.lan"];
        const { status, stdout, stderr } = await program(words, message);
        assert.equal(status, 0, stdout + stderr);
        const { stdout: received } = await read(anna, title);
        return /^Authentication-Results: mail\.nixmox\.lan;\r\n\tdkim=(\w+)/m.exec(received)?.[1];
      };
      assert.equal(await verdict(letter, subject), "pass");
      const changed = `${subject} with changes`;
      assert.equal(await verdict(letter.replace(subject, changed), changed), "fail");
    } finally {
      await lab().on(dns!.address, `unbound-control local_data_remove ${name}`);
    }
  });

  it("comes from other servers and hosts without a login, to mailboxes and their aliases", async () => {
    await delivered({ port: 25, from: stranger, to: "postmaster@nixmox.lan" }, anna);
    await delivered({ port: 25, from: "root@dns.nixmox.lan", to: "bob+lists@nixmox.lan" }, bob);
    assert.deepEqual(dig((await lab().services()).dns!.address, "nixmox.lan", "MX"), [
      "10 mail.nixmox.lan.",
    ]);
  });

  it("is not passed on for those who have not logged in", async () => {
    const to = "y@elsewhere.example";
    await refused({ port: 25, from: stranger, to }, /^554 .*Relay access denied/);
    await refused({ port: 587, from: anna, to: bob }, /^554 .*Access denied/);
  });

  it("has an address of the sender's own, and no other", async () => {
    await refused({ port: 465, from: bob, to: bob, login: anna }, /^553 .*not owned by user anna/);
    await refused({ port: 587, from: stranger, to: bob, login: anna }, /^553 .*not owned/);
    await refused({ port: 25, from: anna, to: bob }, /^553 .*with a login/);
    // Alias of anna's.
    await delivered({ port: 465, from: "abuse@nixmox.lan", to: bob, login: anna }, bob);
  });

  it("is handled by programs with few rights", async () => {
    const units = "postfix dovecot opendkim mail";
    const look = `for unit in ${units}; do systemd-analyze security --no-pager "$unit" | tail -n 1; done`;
    const { stdout } = await lab().on(address, look);
    const levels = [...stdout.matchAll(/exposure level for (\S+): ([\d.]+)/g)];
    assert.equal(levels.length, 4, stdout);
    for (const [, unit, level] of levels) assert.ok(Number(level) <= exposureLimit, unit);
  });

  it("is not for names that have no mailbox", async () => {
    await refused({ port: 25, from: stranger, to: "eve@nixmox.lan" }, /^550 .*User unknown/);
  });

  it("is safe from wrong passwords, and passwords are asked for over TLS alone", async () => {
    const wrong = { from: anna, to: bob, login: anna, password: passwords[bob]! };
    await refused({ port: 465, ...wrong }, /^535 .*authentication failed/);
    const { status, stdout } = await read(anna, "letter", passwords[bob]);
    assert.equal(status, 3);
    assert.match(stdout, /Authentication failed/);
    // Port 25 has no logins, and port 587 has none before TLS.
    await refused(
      { ...wrong, port: 25, password: passwords[anna]! },
      /AUTH extension not supported/,
    );
    const talk = "EHLO me\r\nAUTH PLAIN AGFubmEAeA==\r\nMAIL FROM:<anna@nixmox.lan>\r\nQUIT\r\n";
    const answers = await converse(address, 587, talk);
    assert.doesNotMatch(answers, /^250.AUTH/m);
    assert.match(answers, /^530 5\.7\.0 Must issue a STARTTLS command first/m);
  });

  it("is read with a new password once it has been rotated, and not with the old one", async () => {
    const old = passwords[bob]!;
    const rotated = await lab().npm("secrets", "rotate", "mail/mailbox-bob");
    assert.equal(rotated.status, 0, rotated.stdout + rotated.stderr);
    assert.match(rotated.stdout, /mail\/mailbox-bob: mail accepts the new value and refuses/);
    await learn();
    assert.notEqual(passwords[bob], old);
    await delivered({ port: 465, from: bob, to: bob, login: bob }, bob);
    assert.equal((await read(bob, "letter", old)).status, 3);
    const { stdout } = await lab().on(
      address,
      "stat -c '%U %G %a' /run/mailboxes/passwords; grep -rlFf - /run/mailboxes /var/lib/vmail /var/lib/postfix",
      `${passwords[anna]}\n${passwords[bob]}\n${old}`,
    );
    assert.equal(stdout, "root dovecot2 640\n");
  });
}

/** What a server says to some lines. */
function converse(host: string, port: number, lines: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const socket = connect({ host, port }).setTimeout(10_000, () => socket.destroy());
    // A client that talks before the greeting is refused.
    socket.once("data", () => {
      let left = lines.split(/(?<=\r\n)/);
      socket.write(left[0]!);
      socket.on("data", () => {
        left = left.slice(1);
        if (left[0]) socket.write(left[0]);
      });
    });
    socket.on("data", (data) => (said += data.toString()));
    socket.on("close", () => resolve(said)).on("error", reject);
  });
}

/** Mail between two mailboxes of one host. */
export const mail: SitePart = { name: "mail", manifest, describe: describeMail };
