import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ExternalRouteSpec } from "../manifest/resolve/spec";
import { type DnsRecordsArgs, renderDomains } from "./dnsRecords";
import { ProxyRoute } from "./proxyRoute";
import type { RunStep } from "./rollout";
import type { Service } from "./service";
import type { SingleSignOn } from "./sso";

export interface ExternalRouteArgs {
  /** The route as the manifest has it. */
  readonly route: ExternalRouteSpec;
  /** Creates its steps, each after what it needs. */
  readonly step: RunStep;
  /** Who serves it. */
  readonly proxy: Service;
  /** Who answers for its name. */
  readonly resolver: Service;
  /** The names that need a zone of their own there. */
  readonly zones: DnsRecordsArgs["zones"];
  /** Where its users sign in, if the proxy asks for that. */
  readonly signOn: SingleSignOn | undefined;
}

/** A public name of a device that is no container: its site on the proxy, and its DNS record. */
export class ExternalRoute extends pulumi.ComponentResource {
  /** What people open in a browser. */
  readonly url: string;

  constructor(name: string, args: ExternalRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:ExternalRoute", name, {}, opts);
    this.url = args.route.url;
    this.signIn(name, args);
    this.publish(name, args);
    this.registerOutputs({ url: this.url });
  }

  private signIn(
    name: string,
    { route: { sign_in: signIn, guard }, step, signOn }: ExternalRouteArgs,
  ) {
    if (!signIn || !signOn) return;
    step("sign_in", (dependsOn) => [
      signOn.signIn(`${name}-sign-in`, { signIn, guard }, { parent: this, dependsOn }),
    ]);
  }

  private publish(name: string, { route, step, proxy, resolver, zones }: ExternalRouteArgs) {
    step("published", (dependsOn) => {
      const authority = this.trust(name, route, proxy, dependsOn);
      // Below the proxy, as a service's route is below its service: a domain may move between them.
      const site = new ProxyRoute(
        `${name}-${route.domain}`,
        { proxy: proxy.host, routes: [route], hostname: route.domain },
        { parent: proxy, dependsOn: [...dependsOn, ...authority] },
      );
      const records = resolver.host.dropIn(
        `${name}-records`,
        { kind: "dns", content: renderDomains([route.domain], proxy.spec.ip, zones) },
        { parent: this, dependsOn },
      );
      return [site, records];
    });
  }

  /** The certificates from which the device's own must come, in a file on the proxy. */
  private trust(
    name: string,
    { trust }: ExternalRouteSpec,
    proxy: Service,
    dependsOn: pulumi.Resource[],
  ): command.remote.Command[] {
    const content = trust?.ca?.pem;
    if (content === undefined) return [];
    const opts = { parent: this, dependsOn };
    return [proxy.host.dropIn(`${name}-authority`, { kind: "authorities", content }, opts)];
  }
}
