// A text from outside may repeat what it was sent: none of the secrets that were read is shown with it.
import { expect, it } from "vitest";
import { notedSecret, readSecret, withoutSecrets } from "../src/index.ts";

it("what repeats a secret that was read, or one that was made of it, is shown without it", () => {
  const key = readSecret({ env: "KEY" }, { KEY: "cs_0123456789" });
  const login = notedSecret(Buffer.from(`ck_1:${key}`).toString("base64"));
  expect(withoutSecrets(`Basic ${login} is ${key}, ${key}`)).toBe("Basic *** is ***, ***");
});

it("a secret that is part of another leaves nothing of it", () => {
  for (const secret of ["abcdef", "abcdef-ghijkl"]) notedSecret(secret);
  expect(withoutSecrets("abcdef-ghijkl abcdef")).toBe("*** ***");
});

it("one that is too short to be told from words hides nothing", () => {
  expect(withoutSecrets(`it is ${notedSecret("it is")}`)).toBe("it is it is");
});

it("of very many the newest are known", () => {
  for (let at = 0; at < 1_100; at += 1) notedSecret(`token-${at}-`);
  expect(withoutSecrets("token-0- token-1099-")).toBe("token-0- ***");
});
