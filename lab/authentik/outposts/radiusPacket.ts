import { createHash, createHmac, timingSafeEqual } from "node:crypto";

const ACCESS_REQUEST = 1;
const ACCESS_ACCEPT = 2;
const ACCESS_REJECT = 3;
const USER_NAME = 1;
const USER_PASSWORD = 2;
const MESSAGE_AUTHENTICATOR = 80;
const HEADER = 20;

/** An Access-Request (RFC 2865) by PAP. */
export interface RadiusRequest {
  readonly id: number;
  readonly authenticator: Buffer;
  readonly name: string;
  readonly password: string;
}

/** Reads a request; undefined if it is none, or not from one who has the secret. */
export function readRequest(packet: Buffer, secret: string): RadiusRequest | undefined {
  if (packet.length < HEADER || packet[0] !== ACCESS_REQUEST) return undefined;
  if (packet.readUInt16BE(2) !== packet.length) return undefined;
  const authenticator = packet.subarray(4, HEADER);
  const attributes = new Map<number, { at: number; value: Buffer }>();
  for (let at = HEADER; at < packet.length;) {
    const length = packet[at + 1] ?? 0;
    if (length < 2 || at + length > packet.length) return undefined;
    attributes.set(packet[at]!, { at: at + 2, value: packet.subarray(at + 2, at + length) });
    at += length;
  }
  const signature = attributes.get(MESSAGE_AUTHENTICATOR);
  if (signature && !isSigned(packet, signature.at, signature.value, secret)) return undefined;
  const name = attributes.get(USER_NAME)?.value.toString("utf8");
  const hidden = attributes.get(USER_PASSWORD)?.value;
  if (name === undefined || !hidden || hidden.length === 0 || hidden.length % 16) return undefined;
  const password = reveal(hidden, authenticator, secret);
  return { id: packet[1]!, authenticator, name, password };
}

function isSigned(packet: Buffer, at: number, value: Buffer, secret: string): boolean {
  const unsigned = Buffer.from(packet);
  unsigned.fill(0, at, at + 16);
  const expected = createHmac("md5", secret).update(unsigned).digest();
  return value.length === 16 && timingSafeEqual(expected, value);
}

/** A password is hidden 16 bytes at a time, each block by the one before. */
function reveal(hidden: Buffer, authenticator: Buffer, secret: string): string {
  const plain = Buffer.alloc(hidden.length);
  let before = authenticator;
  for (let at = 0; at < hidden.length; at += 16) {
    const mask = createHash("md5").update(secret).update(before).digest();
    const block = hidden.subarray(at, at + 16);
    for (let index = 0; index < 16; index++) plain[at + index] = block[index]! ^ mask[index]!;
    before = block;
  }
  return plain.toString("utf8").replace(/\0+$/, "");
}

const answer =
  (code: number) =>
  ({ id, authenticator }: RadiusRequest, secret: string): Buffer => {
    const packet = Buffer.alloc(HEADER + 18);
    packet.writeUInt8(code, 0);
    packet.writeUInt8(id, 1);
    packet.writeUInt16BE(packet.length, 2);
    authenticator.copy(packet, 4);
    packet.writeUInt8(MESSAGE_AUTHENTICATOR, HEADER);
    packet.writeUInt8(18, HEADER + 1);
    createHmac("md5", secret)
      .update(packet)
      .digest()
      .copy(packet, HEADER + 2);
    createHash("md5").update(packet).update(secret).digest().copy(packet, 4);
    return packet;
  };

export const accept = answer(ACCESS_ACCEPT);
export const reject = answer(ACCESS_REJECT);
