// A file from the operator's desk is put into incoming/. `say` and `renew` are console.js's.
async function upload(form) {
  const field = form.querySelector("input[type=file]");
  const [file] = field.files;
  const source = form.querySelector("select")?.value;
  const query = source === undefined ? "" : `?source=${encodeURIComponent(source)}`;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const response = await fetch(form.dataset.upload + encodeURIComponent(file.name) + query, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: file,
    });
    const answer = await response.json();
    say(response.ok ? `${answer.file} waits in incoming/. Preview it, or run it now.` : answer.detail, !response.ok);
    if (response.ok) field.value = "";
  } catch {
    say("The board did not answer; look whether the file is there before trying again.", true);
  }
  button.disabled = false;
  await renew();
}

document.addEventListener("submit", (event) => {
  if (event.target.dataset.upload === undefined) return;
  event.preventDefault();
  void upload(event.target);
});
