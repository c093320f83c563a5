// What the programs print: one step a line, as JSON.

const SHOWN = ["Location", "Idempotency-Replayed", "Deprecation", "Sunset"];

/** Print a step: what the answer said, and the body as the client's own types have it. */
export function say(step: string, response: Response, body?: object): void {
  const headers: Record<string, string> = {};
  for (const name of SHOWN) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const wait = response.headers.get("Retry-After");
  if (wait !== null) headers["Retry-After"] = String(Number.parseInt(wait, 10) > 0);
  console.log(JSON.stringify({ step, status: response.status, headers, body: body ?? null }));
}

/** A variable of the environment. */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

/** What has to be there. */
export function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is missing`);
  return value;
}
