// Choosing rows of a list by keyboard, and doing one thing to all of them.
import type { Page } from "playwright-core";

/** Chooses the first rows, and retries them. */
export async function retryChosen(page: Page, rows: number): Promise<void> {
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
  await bar.getByRole("button", { name: "Retry" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
  await page.locator("#notice", { hasText: `${rows} done.` }).waitFor();
}
