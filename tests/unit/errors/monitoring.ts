import { base } from "../fixtures";

const monitoring = (lines: string, ports = "[9090, 9093]") =>
  `${base}[core_services.authentik]\nip = "192.168.99.12"\n[services.monitoring]\nip = "192.168.99.16"\nports = ${ports}\n` +
  `[services.monitoring.interface]\nsecrets = { phone-token = {}, variable = { env = "TOKEN" } }\n${lines}\n`;
const receiver = (lines: string, ports?: string) =>
  monitoring(`alerting.receivers.phone = ${lines}`, ports);
const webhook = (keys: string) => receiver(`{ webhook = { ${keys} } }`);
const email = (keys: string) =>
  receiver(
    `{ email = { to = ["anna@nixmox.lan"], from = "alerts@nixmox.lan", server = "mail.nixmox.lan:587", ${keys} } }`,
  );
const git = (lines: string) =>
  `${base}[services.git]\nip = "192.168.99.20"\n[services.git.interface]\n${lines}\n`;
const url = 'url = "https://ntfy.nixmox.lan/alerts"';

/** Metrics that nobody could read, and alerts that would reach nobody. */
export const monitoringErrors: Record<string, [text: string, file?: string]> = {
  "metrics of a service without a port": [git("metrics.git = {}")],
  "metrics in the name of all hosts": [git("metrics.node = { port = 8080 }")],
  "metrics over TLS of a service without a certificate": [
    git("metrics.git = { port = 8080, tls = true }"),
  ],
  "metrics at no path": [git('metrics.git = { port = 8080, path = "metrics" }')],
  "alerts of a service that is no monitoring": [git(`alerting.rules.Busy = { expr = "up == 0" }`)],
  "alerts of a second monitoring": [
    monitoring("").replace(
      "[services.monitoring]",
      '[services.watch]\nip = "192.168.99.17"\nmodules = ["monitoring"]\ninterface.alerting.rules.ServiceDown.for = "9m"\n$&',
    ),
  ],
  "a receiver without Alertmanager": [receiver(`{ webhook = { ${url} } }`, "[9090]")],
  "a receiver that is nobody": [receiver("{}")],
  "a receiver in two places": [
    receiver(
      `{ webhook = { ${url} }, email = { to = ["a@b.lan"], from = "a@b.lan", server = "b.lan:25" } }`,
    ),
  ],
  "a receiver of no alerts": [receiver(`{ webhook = { ${url} }, severities = [] }`)],
  "a webhook without a URL": [webhook("")],
  "a webhook with two URLs": [webhook(`${url}, url_from = "phone-token"`)],
  "a webhook's URL that is none": [webhook('url = "ntfy.nixmox.lan"')],
  "a webhook's URL with a port that there is not": [
    webhook('url = "https://ntfy.nixmox.lan:99999/"'),
  ],
  "a webhook's URL with a variable": [webhook('url = "https://ntfy.nixmox.lan/$TOPIC"')],
  "a webhook's secret in plain text": [
    webhook('url = "http://ntfy.nixmox.lan/", bearer_from = "phone-token"'),
  ],
  "an unknown secret of a receiver": [webhook(`${url}, bearer_from = "phone-tokn"`)],
  "a receiver's secret that is a variable": [webhook(`${url}, bearer_from = "variable"`)],
  "a mail server without a port": [
    email('server = "mail.nixmox.lan"').replace(/server = \S+ /, ""),
  ],
  "a mail server with a port that there is not": [
    email("").replace("mail.nixmox.lan:587", "mail.nixmox.lan:70000"),
  ],
  "mail to nobody": [email("").replace('["anna@nixmox.lan"]', "[]")],
  "a mail user without a password": [email('user = "alerts"')],
  "a rule's odd name": [monitoring('alerting.rules.host-down = { for = "5m" }')],
  "a rule's odd duration": [monitoring('alerting.rules.HostDown = { for = "five minutes" }')],
  "an unknown severity": [monitoring('alerting.rules.HostDown = { severity = "page" }')],
};
