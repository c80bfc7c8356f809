/** The service: requests relative to this page, and what can be wrong with them. */

const KEY = "rental-pricing-api-key";

const TITLES = {
  0: "The service can’t be reached",
  401: "The service asks for a key",
  413: "That is more than the service takes at once",
  422: "Some of it can’t be priced as given",
  503: "The service has no model to price with",
  504: "That took too long",
};

/** What a request ended with, if not with an answer; see RFC 9457. */
export class Problem extends Error {
  constructor(status, told = {}) {
    super(TITLES[status] ?? told.title ?? "Something went wrong");
    this.status = status;
    this.detail = told.detail ?? "";
    this.errors = told.errors ?? [];
    this.requestId = told.request_id ?? null;
  }
}

/** What asks people for a key: called with whether one was refused; null is no key. */
let askForKey = async () => null;

export function whenAKeyIsWanted(ask) {
  askForKey = ask;
}

/**
 * Send a request and return its response.
 *
 * Where a key is wanted, people are asked for one, and it is sent again.
 *
 * @throws {Problem} There is no answer, or one that is no success.
 */
export async function request(path, options = {}) {
  const key = sessionStorage.getItem(KEY);
  const headers = { ...options.headers, ...(key && { "X-API-Key": key }) };
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0, { detail: "Is it still running? What you have typed is kept." });
  }
  if (response.ok) return response;
  if (response.status === 401) {
    sessionStorage.removeItem(KEY);
    const given = await askForKey(key !== null);
    if (given) {
      sessionStorage.setItem(KEY, given);
      return request(path, options);
    }
  }
  throw new Problem(response.status, await problemTold(response));
}

async function problemTold(response) {
  try {
    return await response.json();
  } catch {
    // A proxy answers in HTML, if at all; its status is all there is.
    return { detail: `The server answered ${response.status}.` };
  }
}

/** Return what the service tells of something, such as "model". */
export const told = async (path) => (await request(path)).json();

/** Ask for the price of one listing, homes like it, and what drives the price. */
export async function estimate(listing, signal) {
  const response = await request("estimates", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ listings: [listing], similar: 10, explain: true }),
    signal,
  });
  const answer = await response.json();
  return { model: answer.model, ...answer.estimates[0] };
}
