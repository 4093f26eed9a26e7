import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority } from "./components/certificateAuthority";
import { Homelab } from "./components/homelab";
import { guestPlacement } from "./components/placement";
import { enforcePolicy } from "./components/policy";
import { CA_VARIABLE } from "./components/proxmox/client";
import { deletionGuard } from "./components/proxmox/deletionGuard";
import { shrinkGuard, volumeGuard } from "./components/proxmox/storageGuards";
import { StackIdentity } from "./components/stackIdentity";
import { Flake } from "./manifest/flake";
import { deploySteps } from "./manifest/graph/order";
import { shortName } from "./manifest/resolve/addresses";
import {
  asRunError,
  checkHostKeyNames,
  checkSecretNames,
  readManifest,
  silenceDebugLog,
  warnOfInsecure,
  withoutStackTraces,
} from "./program";
import { readSettings } from "./settings";

silenceDebugLog();
const settings = readSettings();
const { manifest, place } = readManifest(settings);
checkSecretNames(settings, manifest);
checkHostKeyNames(settings, manifest);
enforcePolicy({ manifest, settings, place });
warnOfInsecure(settings);
const flake = asRunError(() => new Flake(__dirname).filesByHost(manifest.services));

const stack = new StackIdentity("nixmox-id", {
  access: settings.proxmox,
  places: {
    ...settings.container,
    nodes: Object.keys(manifest.nodes),
    templateStorage: settings.container.template.split(":")[0]!,
  },
  guests: manifest.services.map((spec) => ({
    service: spec.name,
    formerly: spec.formerly,
    ...guestPlacement(manifest, spec, settings),
    vmid: spec.vmid,
    hostname: shortName(spec.hostname),
    address: spec.ip,
  })),
});

const homelab = new Homelab({
  manifest,
  settings,
  stack,
  flake,
  ca: new CertificateAuthority(
    "nixmox-ca",
    { domain: manifest.network.domain, now: new Date() },
    stack.afterPreflight(),
  ),
  provider: new proxmox.Provider(
    "proxmox",
    {
      endpoint: settings.proxmox.endpoint,
      insecure: settings.proxmox.insecure,
      apiToken: pulumi.secret(settings.proxmox.token),
    },
    { ...stack.afterPreflight(), envVarMappings: { [CA_VARIABLE]: "SSL_CERT_FILE" } },
  ),
  deletionGuard: deletionGuard(() => Promise.resolve(settings.proxmox)),
  shrinkGuard: shrinkGuard(),
  volumeGuard: volumeGuard(settings.proxmox, manifest.services),
});

asRunError(() =>
  withoutStackTraces(() => {
    for (const step of deploySteps(manifest)) homelab.deploy(step);
    homelab.assertComplete();
  }),
);

/** Each service's address, names and URLs. */
export const services = homelab.outputs();

/** URLs of the routes to what is no service. */
export const routes = homelab.routeOutputs();

/** What has an address and is no container, for a DHCP server: `pulumi stack output devices`. */
export const devices = manifest.devices;

/** Where users sign in: `pulumi stack output signOn`. */
export const signOn = homelab.signOnOutputs();

/** Generated passwords by service: `pulumi stack output secrets --show-secrets`. */
export const secrets = pulumi.secret(homelab.secrets());

/** The certificate to trust in browsers: `pulumi stack output caCertificate`. */
export const caCertificate = homelab.caCertificate;
