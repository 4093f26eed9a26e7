import { firstPassword } from "../manifest/resolve/paths";
import { runMain, stackCommandLine } from "./command";
import {
  readStack,
  type DeployedService,
  type DeployedSignOn,
  type DeployedStack,
} from "./deployedServices";
import { askHealth, type Health } from "./health";
import { openStack, type Pulumi } from "./pulumi";
import { align } from "./table";
import { projectDir } from "./workspace";

/** A stack's services, how to log in, and whether they are healthy. */
export interface Status {
  readonly text: string;
  readonly healthy: boolean;
}

/** Reads the stack and checks every host. */
export async function statusOf(pulumi: Pulumi, name: string): Promise<Status> {
  const stack = await readStack(pulumi, name);
  const health = await askHealth(stack);
  return {
    text: [...table(stack, health), ...reasons(stack, health), "", ...hints(stack, name)].join(
      "\n",
    ),
    healthy: [...health.values()].every(({ state }) => state === "healthy"),
  };
}

function table({ services }: DeployedStack, health: ReadonlyMap<string, Health>): string[] {
  const rows = services.map((service) => [
    service.name,
    service.address,
    service.node,
    service.urls.join(" ") || "-",
    logIn(service),
    health.get(service.name)?.state ?? "-",
  ]);
  return align([["service", "address", "node", "url", "log in", "health"], ...rows]);
}

function logIn({ secrets, administrator, hasSignIn }: DeployedService): string {
  const ways = [
    ...(hasSignIn ? ["single sign-on"] : []),
    ...(secrets.includes("admin-password") ? [`${administrator}, admin-password`] : []),
  ];
  return ways.join("; ") || secrets.join(" ") || "-";
}

/** Why services could not be checked. */
function reasons({ services }: DeployedStack, health: ReadonlyMap<string, Health>): string[] {
  const lines = services.flatMap(({ name, address }) => {
    const why = health.get(name)?.why;
    return why === undefined ? [] : [`Unable to reach ${name} (${address}): ${why}`];
  });
  return lines.length > 0 ? ["", ...lines] : [];
}

function hints({ services, dnsServer, domain, signOn }: DeployedStack, stack: string): string[] {
  const option = stack === "dev" ? "" : ` -- --stack ${stack}`;
  const named = stack === "dev" ? "" : `--stack ${stack} `;
  const [withPassword] = services.filter(({ secrets }) => secrets.includes("admin-password"));
  const example = services.flatMap(({ urls }) => urls.map((url) => new URL(url).hostname)).at(-1);
  return [
    ...(signOn ? howToSignIn(signOn, services, named) : []),
    `In this shell:  eval "$(npm run --silent env${option})"`,
    `A password:     npm run --silent secret -- ${named}${withPassword?.name ?? "SERVICE"} admin-password`,
    `Certificate:    pulumi stack output caCertificate --stack ${stack} > .nixmox/ca.crt  (trust it, see README)`,
    `Names:          ask the DNS server ${dnsServer}, e.g. dig @${dnsServer} ${example ?? domain}`,
  ];
}

/** One user is enough to try it: the first, and one that is invited only if there is no other. */
function howToSignIn(
  { service, users }: DeployedSignOn,
  services: readonly DeployedService[],
  stack: string,
): string[] {
  const user = users.find(({ isInvited }) => !isInvited) ?? users[0];
  const url = services.find(({ hasSignIn, urls }) => hasSignIn && urls.length > 0)?.urls[0];
  if (!user || url === undefined) return [];
  const lead = `Sign in:        ${url} as ${user.name}`;
  return user.isInvited
    ? [`${lead}, who gets in with  npm run --silent invite -- ${stack}${user.name}`]
    : [
        `${lead}, whose first password is`,
        `                npm run --silent secret -- ${stack}${service} ${firstPassword(user.name)}`,
      ];
}

async function status({ stack }: { stack: string }): Promise<void> {
  const { text, healthy } = await statusOf(await openStack(projectDir, stack), stack);
  console.log(text);
  if (!healthy) process.exitCode = 1;
}

if (require.main === module) {
  const description = "Show a stack's services, how to log in, and whether they are healthy.";
  runMain(stackCommandLine("npm run status --", description).action(status).parseAsync());
}
