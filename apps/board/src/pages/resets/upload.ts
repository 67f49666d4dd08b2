// A file from the operator's desk goes into incoming/; upload.js sends it to the API.
import { type Html, html } from "../../ui/html.ts";

/** The form; the file waits like any other once it is there. @param sources where there are several, one is chosen */
export function uploadForm(sources: readonly string[]): Html {
  const choice =
    sources.length > 1 &&
    html` <label for="upload-source">Source</label><select id="upload-source" name="source" required>
<option value="">Choose one</option>${sources.map((name) => html`<option value="${name}">${name}</option>`)}</select>`;
  return html`<form id="upload" data-upload="/api/incoming/" class="filter">
<label for="upload-file">A file from this computer</label><input id="upload-file" type="file" accept=".csv,.gz,.txt" required>${choice}
<button type="submit" class="quiet">Put it into incoming/</button></form>`;
}
