// A waiting file as it would be read, and the mapping of its source made from it by choosing what each column means.
import { readMapping } from "@inventory-sync/domain";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestBoard, type TestBoard } from "./support.ts";

const NAME = "AB_001_23112026040000.txt";
const place = `/sources/default/files/${NAME}`;
const NIGHTLY =
  "EUR|001|Caf\xe9|<b>TEE</b>|20261123|P|12|\r\nEUR|001|Plain|CAP|20261123|N|3|\r\nEUR|001|Plain|SOCK|20261123|N|few|\r\n";

let board: TestBoard;
beforeAll(async () => {
  board = await startTestBoard();
  await board.sftp.putSnapshot(NAME, Buffer.from(NIGHTLY, "latin1"));
});
afterAll(() => board.stop());

async function page(chosen: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await board.call(`${place}?${new URLSearchParams(chosen)}`);
  expect(response.status).toBe(200);
  return response.text();
}
const chosen = {
  ...{ header: "no", delimiter: "|", encoding: "windows-1252", nameStamp: "ddMMyyyyHHmmss", idType: "ALU" },
  ...{ c2: "facility", c4: "idValue", c6: "sign", c7: "quantity" },
};

it("is led to from the page of sources, and says why it would be refused as it is", async () => {
  expect(await (await board.call("/sources")).text()).toContain(`href="${place}"`);
  const plain = await page();
  for (const said of ["The file would be refused: MISSING_COLUMN", "CAP · SOCK"]) expect(plain).toContain(said);
  expect(plain).not.toContain("mapping-json");
});

it("says what is still to be chosen, with the columns and what stands in them", async () => {
  const half = await page({ header: "no", delimiter: "|", encoding: "windows-1252", c2: "facility", c3: "facility" });
  for (const said of ["facility is chosen for 2 columns: 2 and 3", "columns.quantity: must be there", "Café · Plain"])
    expect(half).toContain(said);
});

it("is read as chosen, with the signs of a column of their own and the time in the file's name", async () => {
  const read = await page(chosen);
  for (const said of ["ALU &#60;b&#62;TEE", "ALU CAP", ">-3<", "rejected: BAD_QUANTITY", "2026-11-23T04:00:00"])
    expect(read).toContain(said);
  expect(read).not.toContain("<b>TEE");
});

it("gives what is to be kept in the file of sources, which reads back as the same mapping", async () => {
  const [, text = ""] = /<textarea[^>]*>([^<]*)<\/textarea>/.exec(await page(chosen)) ?? [];
  const { mapping } = JSON.parse(`{${text.replaceAll("&#34;", '"')}}`) as { mapping: unknown };
  expect(mapping).toEqual({
    ...{ header: false, delimiter: "|", encoding: "windows-1252", nameStamp: "ddMMyyyyHHmmss" },
    columns: { facility: 2, idType: { value: "ALU" }, idValue: 4, quantity: 7, sign: 6 },
  });
  expect(readMapping(mapping)).toHaveProperty("mapping");
});

it("names columns by their header where there is one", async () => {
  await board.sftp.putSnapshot("named.csv", 'Filiale,Artikel,Stück\nS001,TEE,"1.200,50"\n');
  const columns = { c1: "facility", c2: "idValue", c3: "quantity" };
  const query = new URLSearchParams({ header: "yes", idType: "SKU", decimal: ",", ...columns });
  const text = await (await board.call(`/sources/default/files/named.csv?${query}`)).text();
  for (const said of ["SKU TEE", ">1200.5<", "&#34;decimal&#34;: &#34;,&#34;"]) expect(text).toContain(said);
  expect(text).toContain("&#34;facility&#34;: &#34;Filiale&#34;");
});

it("is looked at by its beginning alone, however large it is", async () => {
  const rows = "S001,TEE,4\n".repeat(60_000);
  await board.sftp.putSnapshot("large.csv", `store,sku,qty\n${rows}`);
  const text = await (await board.call("/sources/default/files/large.csv")).text();
  expect(text).toContain("Only the first 256 kB of the file were looked at.");
  expect(text).toContain("SKU TEE");
});

it("is not there when no such file waits, or there is no such source", async () => {
  expect((await board.call("/sources/default/files/gone.csv")).status).toBe(404);
  expect((await board.call("/sources/west/files/gone.csv")).status).toBe(404);
});
