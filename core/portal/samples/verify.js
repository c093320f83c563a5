// Node.js 20 or newer, browsers, Deno and workers: all have Web Crypto.
const text = new TextEncoder();
const algorithm = { name: "HMAC", hash: "SHA-256" };

/** `headers` is a Headers, `body` an ArrayBuffer as it came, before anything parses it. */
export async function isGenuine(headers, body, secret) {
  const id = headers.get("webhook-id");
  const timestamp = headers.get("webhook-timestamp");
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) < 300)) return false;
  const start = text.encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array([...start, ...new Uint8Array(body)]);
  const bytes = text.encode(secret);
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["verify"]);
  for (const given of headers.get("webhook-signature").split(" ")) {
    if (!given.startsWith("v1,")) continue;
    const signature = Uint8Array.from(atob(given.slice(3)), (letter) => letter.charCodeAt(0));
    if (await crypto.subtle.verify("HMAC", key, signature, signed)) return true;
  }
  return false;
}
