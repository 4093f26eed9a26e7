import { execa } from "execa";
import { renderScript } from "../components/script";
import { didYouMean } from "../manifest/didYouMean";
import { providerOf } from "../manifest/graph/uses";
import type { Manifest, ServiceSpec, SignOnSpec } from "../manifest/resolve/spec";
import { visible } from "../manifest/visible";
import { runMain, stackCommandLine } from "./command";
import { hostKeyLookup, loginOf, readDeployment } from "./deployedServices";
import { openStack } from "./pulumi";
import { withSsh } from "./ssh";
import { projectDir } from "./workspace";

/** A way in for one user: where to go, and the password for it unless the address is enough. */
export interface Invitation {
  readonly url: string;
  readonly password?: string;
}

/** The script that creates an invitation on the identity provider's host. */
export function invitationScript(
  { interface: { secrets } }: Pick<ServiceSpec, "interface">,
  { kind, api_port: port, realm, url }: SignOnSpec,
  user: string,
): string {
  return kind === "authentik"
    ? renderScript("authentik-invite", port, secrets["bootstrap-token"]!.path, user, url)
    : renderScript("keycloak-invite", port, realm, secrets["bootstrap-secret"]!.path, user);
}

/** What the script's output means. */
export function readInvitation(
  { kind, realm, url }: Pick<SignOnSpec, "kind" | "realm" | "url">,
  printed: string,
): Invitation {
  return kind === "authentik"
    ? { url: printed.trim() }
    : { url: `${url}/realms/${realm}/account/`, password: printed.trim() };
}

/** The identity provider that knows a user. Throws if there is none, or no such user. */
export function providerFor(manifest: Manifest, user: string) {
  const fail = (why: string) => new Error(`Unable to invite ${user}: ${why}`);
  const service = providerOf(manifest, "sso");
  if (!service?.sign_on) {
    throw fail("the manifest has no identity provider. Add `[core_services.authentik]` to it.");
  }
  const users = Object.keys(manifest.users);
  if (!users.includes(user)) {
    const hint = didYouMean(user, users) || ` There are: ${users.join(", ") || "none"}.`;
    throw fail(`the manifest has no such user.${hint} Add \`[users.${user}]\` to it.`);
  }
  return { service, signOn: service.sign_on };
}

async function invite(user: string, { stack }: { stack: string }): Promise<void> {
  const pulumi = await openStack(projectDir, stack);
  const { config, manifest, state } = await readDeployment(pulumi, stack);
  const { service, signOn } = providerFor(manifest, user);
  const host = { address: service.ip, hostKey: hostKeyLookup(state)(service.ip) };
  if (host.hostKey === undefined) {
    throw new Error(
      `Unable to invite ${user}: ${service.name} is not deployed yet. Run \`pulumi up --stack ${stack}\`.`,
    );
  }
  const script = invitationScript(service, signOn, user);
  const { exitCode, stdout, stderr } = await withSsh([host], loginOf(projectDir, config), (ssh) =>
    execa("ssh", [...ssh(host.address), script], { reject: false, stdin: "ignore" }),
  );
  if (exitCode !== 0) {
    const said = stderr.trim().split("\n").map(visible).join("\n");
    throw new Error(said || `Unable to invite ${user}: ${service.name} does not answer.`);
  }
  const { url, password } = readInvitation(signOn, stdout);
  console.log(
    password === undefined
      ? `${user} sets a password once at\n\n  ${url}`
      : `${user} signs in once at\n\n  ${url}\n\nwith the password\n\n  ${password}\n\nand then chooses another one.`,
  );
  console.log("\nAnyone who has this can do it in place of them: send it where only they read it.");
}

if (require.main === module) {
  const description = "Print a way in for a user, which works once.";
  const program = stackCommandLine("npm run invite --", description);
  program.argument("<user>", "the user, as the manifest names it").action(invite);
  runMain(program.parseAsync());
}
