// A plugin that is a matching rule and a generator: "web" pays at "bank" with cards. In a table, the rule is one of creditcard's in
// contents of csv's, which reaches it through Pact's driver and calls the other process. In JSON it is Pact itself that calls it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PactV4 } from "@pact-foundation/pact";
import { mismatches, verify, withProvider } from "./support.mjs";

function interaction(description) {
  return new PactV4({ consumer: "web", provider: "bank", logLevel: "error" })
    .addInteraction()
    .uponReceiving(description)
    .usingPlugin({ plugin: "creditcard", version: "0.1.0" });
}

function paymentsContract() {
  const payments = {
    columns: ["card", "amount"],
    "column:card": "matching(creditcard, 'visa', '4111111111111111')",
    "column:amount": "matching(decimal, 9.99)",
  };
  return interaction("payments")
    .usingPlugin({ plugin: "csv", version: "0.1.0" })
    .withRequest("POST", "/payments", (request) => request.pluginContents("text/csv", JSON.stringify(payments)))
    .willRespondWith(204);
}

function cardContract() {
  const number = {
    "pact:matcher:type": "creditcard",
    "pact:generator:type": "creditcard",
    brand: "visa",
    value: "4111 1111 1111 1111",
  };
  return interaction("a card")
    .withRequest("GET", "/card")
    .willRespondWith(200, (response) => response.jsonBody({ number }));
}

// ---- the consumer ----

async function pay(url, card) {
  const body = `card,amount\n${card},12.50\n`;
  return (await fetch(`${url}/payments`, { method: "POST", headers: { "Content-Type": "text/csv" }, body })).status;
}

async function card(url) {
  return (await (await fetch(`${url}/card`)).json()).number;
}

test("creditcard: a consumer that sends a card number", async () => {
  assert.equal(await paymentsContract().executeTest(({ url }) => pay(url, "4012888888881881")), 204);
});

test("creditcard: a consumer that sends a number with a digit wrong", async () => {
  await assert.rejects(paymentsContract().executeTest(({ url }) => pay(url, "4012888888881882")), (error) => {
    assert.deepEqual(mismatches(error), [
      "row:1 column:card: the last digit is 2, but the Luhn check digit of this number is 1",
    ]);
    return true;
  });
});

test("creditcard: a consumer that gets a number", async () => {
  const number = await cardContract().executeTest(({ url }) => card(url));
  assert.match(number, /^4\d{3} \d{4} \d{4} \d{4}$/);
  assert.notEqual(number, "4111 1111 1111 1111", "it is generated");
});

// ---- the provider ----

function provider(number) {
  const card = { status: 200, contentType: "application/json", content: JSON.stringify({ number }) };
  return (body, method) => (method === "POST" ? { status: 204 } : card);
}

const pact = { provider: "bank", pactUrls: ["pacts/web-bank.json"] };

test("creditcard: a provider that answers with a card number", async () => {
  const found = await withProvider(provider("4012 8888 8888 1881"), (url) => verify({ ...pact, providerBaseUrl: url }));
  assert.deepEqual(found, []);
});

test("creditcard: a provider that answers with that of another brand", async () => {
  const found = await withProvider(provider("5555 5555 5555 4444"), (url) => verify({ ...pact, providerBaseUrl: url }));
  assert.deepEqual(found, ["$.number: a visa number begins with 4"]);
});
