// What requests to the private SFTP server carry in the protocol's own forms, as the file system takes it.
import { constants } from "node:fs";
import ssh2 from "ssh2";

const { OPEN_MODE } = ssh2.utils.sftp;

/** The protocol's flags as open(2) takes them. */
export function openFlags(flags: number): number {
  const has = (flag: number) => (flags & flag) !== 0;
  const access = has(OPEN_MODE.WRITE)
    ? has(OPEN_MODE.READ)
      ? constants.O_RDWR
      : constants.O_WRONLY
    : constants.O_RDONLY;
  const creation = (has(OPEN_MODE.CREAT) ? constants.O_CREAT : 0) | (has(OPEN_MODE.EXCL) ? constants.O_EXCL : 0);
  return (
    access |
    creation |
    (has(OPEN_MODE.TRUNC) ? constants.O_TRUNC : 0) |
    (has(OPEN_MODE.APPEND) ? constants.O_APPEND : 0)
  );
}

/** The two names that an extended request to rename carries. */
export function twoStrings(data: Buffer): [string, string] {
  const firstLength = data.readUInt32BE(0);
  const secondLength = data.readUInt32BE(4 + firstLength);
  return [
    data.toString("utf8", 4, 4 + firstLength),
    data.toString("utf8", 8 + firstLength, 8 + firstLength + secondLength),
  ];
}
