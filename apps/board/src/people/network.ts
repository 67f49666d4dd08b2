// From where somebody comes, as far as it can be counted: whoever has one address of an IPv6 network has 2^64 of them.
import { isIPv4, isIPv6 } from "node:net";

const GROUPS_OF_A_NETWORK = 4;
const GROUPS = 8;
const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;
const MAPPED_IN_HEX = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/i;
const WITH_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;

/** The address itself for IPv4, also where a proxy writes it within IPv6 or with a port; the /64 for IPv6. */
export function networkOf(address: string): string {
  const bare = address.split("%", 1)[0] ?? "";
  const ipv4 = MAPPED.exec(bare)?.[1] ?? WITH_PORT.exec(bare)?.[1] ?? fromHex(bare) ?? bare;
  if (isIPv4(ipv4)) return ipv4;
  if (!isIPv6(bare)) return bare;
  const [before = "", after] = bare.split("::");
  const groupsOf = (text: string | undefined) => (text === undefined || text === "" ? [] : text.split(":"));
  const [head, tail] = [groupsOf(before), groupsOf(after)];
  const zeros = after === undefined ? 0 : GROUPS - head.length - tail.length;
  const groups = [...head, ...Array<string>(Math.max(0, zeros)).fill("0"), ...tail];
  const network = groups.slice(0, GROUPS_OF_A_NETWORK).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}

function fromHex(address: string): string | undefined {
  const [, high, low] = MAPPED_IN_HEX.exec(address) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const halves = [high, low].map((half) => Number.parseInt(half, 16));
  return halves.flatMap((half) => [half >> 8, half & 0xff]).join(".");
}
