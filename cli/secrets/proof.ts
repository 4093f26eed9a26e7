import { execa } from "execa";
import { quote } from "../../components/script";
import type { SshArguments } from "../ssh";
import { acceptsLogin } from "./databaseLogin";
import type { StackSecret } from "./inventory";

/** Seconds that a service may take to answer. */
const TIMEOUT = 60;

/** Whether there is a way to ask a service about a secret. */
export function isProvable({ verify, login }: StackSecret): boolean {
  return verify !== undefined || login !== undefined;
}

/** Asks services whether they accept a value as one of their secrets. */
export class Proof {
  constructor(
    private readonly ssh: SshArguments,
    private readonly caCertificate: string | undefined,
  ) {}

  /** Whether the service itself accepts the value. Throws if the service cannot be asked. */
  async isAccepted(secret: StackSecret, value: string): Promise<boolean> {
    const { login, host } = secret;
    if (login === undefined) return this.verify(secret, value);
    try {
      return await acceptsLogin(login, value, this.ssh(host.address), this.caCertificate);
    } catch (error) {
      throw cannotAsk(secret, (error as Error).message, "Look at the database server");
    }
  }

  private async verify(secret: StackSecret, value: string): Promise<boolean> {
    const script = `timeout ${TIMEOUT} sh -c ${quote(secret.verify!)}`;
    const { exitCode, stderr } = await execa(
      "ssh",
      [...this.ssh(secret.host.address), `${script} >/dev/null`],
      { reject: false, input: value },
    );
    if (exitCode === 0) return true;
    // SSH's own failure, a timeout, a command that does not exist, and 2, with which nixmox-login says
    // that it could not ask, say nothing about the value.
    if (exitCode !== undefined && ![2, 124, 126, 127, 255].includes(exitCode)) return false;
    const said = stderr.replaceAll(value, "…").trim().split("\n").at(-1);
    const why = said === "" || said === undefined ? `exit status ${exitCode}` : said;
    const advice = "Correct its verify in the manifest, or the service";
    throw cannotAsk(secret, why, advice);
  }
}

function cannotAsk({ id, service }: StackSecret, why: string, advice: string): Error {
  const reason = why.replace(/\.$/, "");
  return new Error(`Unable to ask ${service} whether it accepts ${id}: ${reason}. ${advice}.`);
}
