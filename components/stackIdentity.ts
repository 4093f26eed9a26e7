import { createHmac } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  preflight as askProxmox,
  type ProxmoxAccess,
  type StackPlaces,
  type WantedGuest,
} from "./proxmox/preflight";
import type { ServiceSpec } from "../manifest/resolve/spec";
import { valueOf } from "./valueOf";

export interface StackIdentityArgs {
  readonly access: ProxmoxAccess;
  /** The containers that the manifest asks for. */
  readonly guests: readonly WantedGuest[];
  /** Where they are created. */
  readonly places: StackPlaces;
}

/**
 * What tells this stack's containers from those of others, even of a stack with the same name: an
 * id that is kept in the stack's state.
 */
export class StackIdentity {
  readonly name = pulumi.getStack();
  /** Hexadecimal; not known at the first preview. */
  readonly id: pulumi.Output<string>;
  private readonly resource: pulumi.Resource;
  private readonly secret: pulumi.Output<string>;
  private readonly preflight: pulumi.ResourceHook;

  constructor(name: string, { access, guests, places }: StackIdentityArgs) {
    const ask = (id: string) => askProxmox(access, { name: this.name, id }, guests, places);
    let asked: Promise<void> | undefined;
    const first = new pulumi.ResourceHook("nixmox-first-preflight", () => (asked ??= ask("")));
    const id = new random.RandomId(
      name,
      { byteLength: 4 },
      // Whatever a stack without an id finds is not its own.
      { hooks: { beforeCreate: [first] } },
    );
    this.preflight = new pulumi.ResourceHook(
      "nixmox-preflight",
      () => (asked ??= valueOf(id.hex).then(ask)),
    );
    this.id = id.hex;
    this.resource = id;
    const secret = new random.RandomPassword(
      "nixmox-first-contact",
      { length: 40, special: false },
      this.afterPreflight(),
    );
    this.secret = pulumi.secret(secret.result);
  }

  /**
   * What Proxmox VE writes into a new container and the first contact looks for. Another container
   * gets another one, since the old one's root has read it.
   */
  keyCommentFor({ name, vmid }: ServiceSpec, node: string): pulumi.Output<string> {
    return this.secret.apply((key) => {
      const digest = createHmac("sha256", key).update(`${name}/${vmid}/${node}`).digest("hex");
      return `nixmox-first-contact-${digest.slice(0, 40)}`;
    });
  }

  /**
   * Options of a resource that is created or changed only after Proxmox VE has been asked, which
   * happens once per run. A hook asks, since the program also runs when the stack is destroyed.
   */
  afterPreflight() {
    const hooks = { beforeCreate: [this.preflight], beforeUpdate: [this.preflight] };
    return { hooks, dependsOn: [this.resource] };
  }
}
