// From where somebody comes, as far as it can be counted: whoever has one address of an IPv6 network has 2^64 of them.
import { isIPv6 } from "node:net";

const GROUPS_OF_A_NETWORK = 4;
const GROUPS = 8;
const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/** The address itself for IPv4, also where it is written within IPv6; the /64 for IPv6. */
export function networkOf(address: string): string {
  const bare = address.split("%", 1)[0] ?? "";
  const mapped = MAPPED.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(bare)) return bare;
  const [before = "", after] = bare.split("::");
  const groupsOf = (text: string | undefined) => (text === undefined || text === "" ? [] : text.split(":"));
  const [head, tail] = [groupsOf(before), groupsOf(after)];
  const zeros = after === undefined ? 0 : GROUPS - head.length - tail.length;
  const groups = [...head, ...Array<string>(Math.max(0, zeros)).fill("0"), ...tail];
  const network = groups.slice(0, GROUPS_OF_A_NETWORK).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}
