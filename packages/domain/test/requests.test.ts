// What is kept of a refused body: its beginning, without secrets.
import { describe, expect, it } from "vitest";
import { bodyHead, firstEventId, noteText, requestNote } from "../src/index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("the head of a refused body", () => {
  it("is its beginning, with what is not seen written out", () => {
    expect(bodyHead(bytes('{"eventId": "e-1"}'), undefined)).toBe('{"eventId": "e-1"}');
    expect(bodyHead(bytes("a\0b\u202ec\nd"), undefined)).toBe("a\\u{0}b\\u{202e}c\nd");
    expect(bodyHead(bytes("é".repeat(5_000)), undefined)).toHaveLength(1_000);
    expect(bodyHead(bytes("\0".repeat(5_000)), undefined)).toHaveLength(4_000);
  });

  it("has neither the key that came with it nor what stands under the name of a secret, also where it is cut off", () => {
    const body = '{"note": "isk_mine", "Password" : "a\\"b", "items": [{"cardNumber":"4111"}], "apiKey": "never end';
    expect(bodyHead(bytes(body), "isk_mine")).toBe(
      '{"note": "***", "Password" : "***", "items": [{"cardNumber":"***"}], "apiKey": "***"',
    );
    const others =
      '{"cvv": 123, "qty": 2, "tokens": ["a", "b"], "secret": {"is": "c"}, "lines": [{"pass":"d"}], "x": "isk_another"}';
    expect(bodyHead(bytes(others), undefined)).toBe(
      '{"cvv": "***", "qty": 2, "tokens": "***", "secret": "***", "lines": [{"pass":"***"}], "x": "***"}',
    );
    const cutOff = `${" ".repeat(1_990)}isk_mine-is-long`;
    expect(bodyHead(bytes(cutOff), "isk_mine-is-long")).toBe(`${" ".repeat(1_990)}***`);
    expect(bodyHead(bytes(`{"token": "${"t".repeat(9_000)}"}`), undefined)).toBe('{"token": "***"');
  });

  it("names the first event", () => {
    expect(firstEventId('[{"facilityId": "S1", "eventId" : "e-1"}, {"eventId": "e-2"}]')).toBe("e-1");
    expect(firstEventId('{"sid":"5924"}')).toBe("5924");
    expect(firstEventId("{}")).toBeNull();
  });
});

it("a text of a note is bounded, so that the note can be read", () => {
  const minute = {
    client: noteText("x\0".repeat(5_000)),
    minute: "2026-11-28T10:00:00.000Z",
    process: crypto.randomUUID(),
  };
  const counts = { accepted: 1, refused: 0, unavailable: 0, leftOut: 0 };
  expect(requestNote.safeParse({ minute: { ...minute, ...counts } }).success).toBe(true);
});
