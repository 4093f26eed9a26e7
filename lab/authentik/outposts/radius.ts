import { createSocket, type Socket } from "node:dgram";
import { isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";
import { textOf } from "../json";
import type { JsonObject } from "../model";
import { accept, reject, readRequest } from "./radiusPacket";
import { runOutpost, type Outpost } from "./outpost";

/** The provider whose networks an address is in; the narrowest, if there are several. */
function providerFor(outpost: Outpost, address: string): JsonObject | undefined {
  if (!isIPv4(address)) return undefined;
  const ip = ipaddr.IPv4.parse(address);
  const matching = outpost.providers.flatMap((provider) =>
    textOf(provider.client_networks)
      .split(",")
      .map((network) => network.trim())
      .filter((network) => ipaddr.IPv4.isValidCIDR(network))
      .map((network) => ipaddr.IPv4.parseCIDR(network))
      .filter((network) => ip.match(network))
      .map(([, bits]) => ({ provider, bits })),
  );
  return matching.sort((a, b) => b.bits - a.bits)[0]?.provider;
}

/** Answers Access-Requests with a user's name and password (PAP). */
export async function serveRadius(outpost: Outpost, host: string, port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("message", (packet, { address, port: from }) => {
    const provider = providerFor(outpost, address);
    const secret = provider && textOf(provider.shared_secret);
    const request = secret && readRequest(packet, secret);
    // What is no request of a client with the secret gets no answer.
    if (!provider || !secret || !request) return;
    const { name, password } = request;
    outpost
      .signIn(provider, textOf(provider.auth_flow_slug), name, password)
      .catch(() => undefined)
      .then((member) => socket.send((member ? accept : reject)(request, secret), from, address))
      .catch((error: Error) => console.error(`RADIUS: ${error.message}`));
  });
  await new Promise<void>((resolve, fail) => {
    socket.once("error", fail).bind(port, host, resolve);
  });
  return socket;
}

if (require.main === module) {
  void runOutpost("radius", "AUTHENTIK_LISTEN__RADIUS", "0.0.0.0:1812", async (...args) => {
    await serveRadius(...args);
  });
}
