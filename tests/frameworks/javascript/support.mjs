// What the tests have in common.

import { once } from "node:events";
import { createServer } from "node:http";
import { Verifier } from "@pact-foundation/pact";

/**
 * Runs `use` with the URL of a provider that really listens, on loopback. `answer` gets the body of each request, as text, and its
 * method. It returns status, content type and body of the response.
 */
export async function withProvider(answer, use) {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const { status, contentType, content } = answer(body, request.method);
    response.writeHead(status, contentType && { "Content-Type": contentType }).end(content);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    return await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
}

/** What pact-js finds wrong with a provider, as lines "path: description". It has no order of its own, so they are sorted. */
export async function verify(options) {
  try {
    await new Verifier({ logLevel: "error", ...options }).verifyProvider();
    return [];
  } catch (error) {
    // A verification that fails has the verifier's report as its message; anything else is no verification.
    if (!error.message.startsWith("{")) throw error;
    const found = JSON.parse(error.message).errors.flatMap((failed) => failed.mismatch.mismatches);
    return found.map(({ path, mismatch }) => `${path}: ${mismatch}`).sort();
  }
}

/** What pact-js's error says of a request that its mock server got: the lines that name a mismatch, which stand behind a tab. */
export function mismatches(error) {
  return error.message.match(/(?<=\t)\S.*: .+$/gm).sort();
}
