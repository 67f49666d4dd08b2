// Choosing rows of a list by keyboard, and doing one thing to all of them.
import type { Locator, Page } from "playwright-core";

/** Chooses the first rows, and retries them. */
export async function retryChosen(page: Page, rows: number): Promise<void> {
  const bar = await choose(page, rows);
  await bar.getByRole("button", { name: "Retry" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
  await page.locator("#notice", { hasText: `${rows} done.` }).waitFor();
}

/** Chooses the cards of held stores, which are the only ones, and rejects them; the dialog says of each what that does. */
export async function rejectChosen(page: Page, stores: readonly string[]): Promise<void> {
  const bar = await choose(page, stores.length);
  await bar.getByRole("button", { name: "Reject" }).click();
  const dialog = page.getByRole("dialog");
  for (const store of stores)
    await dialog.getByText(new RegExp(`^Reject ${store}: change nothing, [\\d,]+ units stay$`)).waitFor();
  await dialog.getByRole("button", { name: "Reject" }).click();
  await page.locator("#notice", { hasText: `${stores.length} done.` }).waitFor();
}

async function choose(page: Page, rows: number): Promise<Locator> {
  const bar = page.getByRole("group", { name: "What is chosen" });
  for (let row = 0; row < rows; row += 1) {
    await page
      .getByRole("checkbox", { name: /^Choose / })
      .nth(row)
      .focus();
    await page.keyboard.press("Space");
  }
  await bar
    .getByRole("status")
    .filter({ hasText: `${rows} chosen` })
    .waitFor();
  return bar;
}
