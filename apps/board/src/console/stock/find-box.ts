// The box that finds a product by any of its ids, wherever it stands.
import type { Html } from "../../html.ts";
import { searchBox } from "../paging.ts";

/** A form to GET /find. */
export function findBox(value = ""): Html {
  return searchBox({ action: "/find", name: "q", value, label: "Find a product by SKU, UPC or any other id" });
}
