import { didYouMean } from "../didYouMean";
import { formatPath, type Issue, type Path } from "../issue";
import type { AlertingSpec } from "../resolve/monitoringSpec";
import type { ServiceSpec } from "../resolve/spec";
import { tcpPorts } from "../resolve/tcpPorts";
import { ownValue } from "../tables";
import { type CheckContext, pathOf } from "./context";

type Receiver = NonNullable<AlertingSpec["receivers"][string]>;

/** Pages of metrics are at a port, and not mistaken for those of the host. */
export function checkMetrics({ isFaulty }: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const base = [...pathOf(service), "interface", "metrics"];
  return Object.entries(service.interface.metrics).flatMap(([job, { port, tls }]): Issue[] => {
    const path = [...base, job];
    if (job === "node") {
      const message =
        "node is the job of what the hosts themselves say. Call this one after the program, such as its service.";
      return [{ code: "reserved-name", path, message }];
    }
    if (isFaulty(path)) return [];
    if (tls === true && service.certificate === undefined) {
      const message = `${service.name} has no certificate to serve this page with. Set interface.certificate = true, or remove tls.`;
      return [{ code: "not-allowed", path: [...path, "tls"], message }];
    }
    if (port !== undefined) return [];
    const message = `${service.name} listens on no TCP port. Set port here, or ports above.`;
    return [{ code: "no-port", path, message }];
  });
}

/** Alerts are for the service that has them, and what receivers say makes sense together. */
export function checkAlerting(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const { alerting } = service.interface;
  const base = [...pathOf(service), "interface", "alerting"];
  if (alerting === undefined || context.isFaulty(base)) return [];
  if (!service.provides.includes("monitoring")) {
    // Only one service can provide it.
    const other = context.manifest.services.find(({ provides }) => provides.includes("monitoring"));
    const advice = other
      ? `Move it to ${formatPath([...pathOf(other), "interface", "alerting"])}.`
      : 'Move it to the service that does, or set provides = ["monitoring"].';
    const message = `${service.name} does not provide monitoring, so nothing would read this. ${advice}`;
    return [{ code: "wrong-provider", path: base, message }];
  }
  const receivers = Object.entries((alerting as AlertingSpec).receivers);
  return [
    ...checkPort(service, receivers.length, [...base, "receivers"]),
    ...receivers.flatMap(([key, receiver]) =>
      checkReceiver(service, receiver, [...base, "receivers", key]),
    ),
  ];
}

function checkPort(service: ServiceSpec<undefined>, receivers: number, path: Path): Issue[] {
  if (receivers === 0 || !service.modules.includes("monitoring")) return [];
  const [first = 9090, second] = tcpPorts(service.ports);
  if (second !== undefined) return [];
  const message = `Alertmanager, which tells them, needs a port of its own. Set ports = [${first}, 9093] in ${service.name}.`;
  return [{ code: "no-port", path, message }];
}

function checkReceiver(
  service: ServiceSpec<undefined>,
  { webhook, email, severities }: Receiver,
  path: Path,
): Issue[] {
  const one = (places: readonly string[], values: readonly unknown[], at: Path): Issue[] => {
    if (values.filter((value) => value !== undefined).length === 1) return [];
    const message = `exactly one of ${places.join(" and ")} says where alerts go. Set one.`;
    return [{ code: "not-allowed", path: at, message }];
  };
  const issues = one(["webhook", "email"], [webhook, email], path);
  if (severities.length === 0) {
    const message = "it would get no alert. Name a severity, or leave this out for all of them.";
    issues.push({ code: "no-effect", path: [...path, "severities"], message });
  }
  if (webhook) {
    const at = [...path, "webhook"];
    issues.push(
      ...one(["url", "url_from"], [webhook.url, webhook.url_from], at),
      ...checkSecret(service, webhook.url_from, [...at, "url_from"]),
      ...checkSecret(service, webhook.bearer_from, [...at, "bearer_from"]),
    );
    if (webhook.bearer_from !== undefined && webhook.url?.startsWith("http://")) {
      const message = "the secret would travel in plain text. Use https://.";
      issues.push({ code: "insecure", path: [...at, "url"], message });
    }
  }
  if (email) {
    const at = [...path, "email"];
    issues.push(...checkSecret(service, email.password_from, [...at, "password_from"]));
    if ((email.user === undefined) !== (email.password_from === undefined)) {
      const message = "a login needs user and password_from. Set both, or none.";
      issues.push({ code: "not-allowed", path: at, message });
    }
  }
  return issues;
}

/** A receiver's secret is one of the service's, whose file has the value alone. */
function checkSecret(
  service: ServiceSpec<undefined>,
  name: string | undefined,
  path: Path,
): Issue[] {
  if (name === undefined) return [];
  const { secrets } = service.interface;
  const found = ownValue(secrets, name);
  if (found === undefined) {
    const message = `${service.name} has no secret ${name}.${didYouMean(name, Object.keys(secrets))} Set interface.secrets.${name} = { generate = false } to give it one.`;
    return [{ code: "unknown-secret", path, message }];
  }
  if (found.env === undefined) return [];
  const message = `the file of ${name} has a variable before the value. Remove env from interface.secrets.${name}.`;
  return [{ code: "not-allowed", path, message }];
}
