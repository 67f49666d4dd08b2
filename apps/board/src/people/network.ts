// From where somebody comes, as far as it can be counted: whoever has one address of an IPv6 network has 2^64 of them.
import { isIPv6, SocketAddress } from "node:net";

const GROUPS_OF_A_NETWORK = 4;
const GROUPS = 8;
const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/;
const WITH_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;

/** The address itself for IPv4, also where a proxy writes it within IPv6 or with a port; the /64 for IPv6. */
export function networkOf(address: string): string {
  const bare = address.split("%", 1)[0] ?? "";
  if (!isIPv6(bare)) return WITH_PORT.exec(bare)?.[1] ?? bare;
  // One spelling of each: small letters, no leading zeros, IPv4 within it with dots.
  const ipv6 = new SocketAddress({ address: bare, family: "ipv6" }).address;
  const ipv4 = MAPPED.exec(ipv6)?.[1];
  if (ipv4 !== undefined) return ipv4;
  const [head = [], tail = []] = ipv6.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array<string>(GROUPS - head.length - tail.length).fill("0");
  return `${[...head, ...zeros, ...tail].slice(0, GROUPS_OF_A_NETWORK).join(":")}::/64`;
}
