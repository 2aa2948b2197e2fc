// A plugin that brings a protocol: "web" has "calculator" add prices by JSON-RPC. The plugin is the mock server of the consumer's test,
// and the client that verifies the provider.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PactV4 } from "@pact-foundation/pact";
import { mismatches, verify, withProvider } from "./support.mjs";

function contract() {
  const contents = {
    request: { method: "add", params: ["matching(number, 1.5)", "matching(number, 2)"] },
    response: { result: "matching(number, 3.5)" },
  };
  return new PactV4({ consumer: "web", provider: "calculator", logLevel: "error" })
    .addSynchronousInteraction("the sum of two prices")
    .usingPlugin({ plugin: "jsonrpc", version: "0.1.0" })
    .withPluginContents(JSON.stringify(contents), "application/jsonrpc")
    .startTransport("jsonrpc", "127.0.0.1", {});
}

// ---- the consumer ----

async function add({ address, port }, ...prices) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "add", params: prices });
  const response = await fetch(`http://${address}:${port}/`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  return (await response.json()).result;
}

test("jsonrpc: a consumer that sends what the contract says", async () => {
  assert.equal(await contract().executeTest((server) => add(server, 19.99, 5.01)), 3.5);
});

test("jsonrpc: a consumer that sends something else", async () => {
  await assert.rejects(contract().executeTest((server) => add(server, 19.99, "5.01")), (error) => {
    assert.deepEqual(mismatches(error), ["$.params[1]: Expected '5.01' (String) to be a number"]);
    return true;
  });
});

// ---- the provider ----

const provider = (add) => (body) => {
  const { id, params } = JSON.parse(body);
  return { status: 200, contentType: "application/json", content: JSON.stringify({ jsonrpc: "2.0", id, result: add(...params) }) };
};
const pact = { provider: "calculator", pactUrls: ["pacts/web-calculator.json"] };

function verifyAt(url) {
  return verify({ ...pact, transports: [{ protocol: "jsonrpc", port: Number(new URL(url).port) }] });
}

test("jsonrpc: a provider that answers what the contract says", async () => {
  assert.deepEqual(await withProvider(provider((a, b) => a + b), verifyAt), []);
});

test("jsonrpc: a provider that answers something else", async () => {
  const found = await withProvider(provider((a, b) => `${a} + ${b}`), verifyAt);
  assert.deepEqual(found, ["$.result: Expected '1.5 + 2' (String) to be a number"]);
});
