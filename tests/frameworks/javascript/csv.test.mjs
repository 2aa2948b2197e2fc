// "web" sends the table of new employees to "staff", which answers with the table of their numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PactV4 } from "@pact-foundation/pact";
import { mismatches, verify, withProvider } from "./support.mjs";

const EMPLOYEES = {
  columns: ["name", "born"],
  "column:name": "matching(regex, '[A-Z][a-z]+', 'Fred')",
  "column:born": "matching(date, 'yyyy-MM-dd', '2000-02-29')",
};
const NUMBERS = { "column:number": "matching(integer, 7)" };

function contract(employees = EMPLOYEES) {
  return new PactV4({ consumer: "web", provider: "staff", logLevel: "error" })
    .addInteraction()
    .uponReceiving("new employees")
    .usingPlugin({ plugin: "csv", version: "0.1.0" })
    .withRequest("POST", "/employees", (request) => request.pluginContents("text/csv", JSON.stringify(employees)))
    .willRespondWith(201, (response) => response.pluginContents("text/csv", JSON.stringify(NUMBERS)));
}

// ---- the consumer ----

async function hire(url, table) {
  const response = await fetch(`${url}/employees`, { method: "POST", headers: { "Content-Type": "text/csv" }, body: table });
  return response.text();
}

test("csv: a consumer that sends what the contract says", async () => {
  const numbers = await contract().executeTest(({ url }) => hire(url, "name,born\nAnn,1990-01-31\nBob,1991-12-01\n"));
  assert.equal(numbers, "number\n7\n");
});

test("csv: a consumer that sends something else", async () => {
  const failing = contract().executeTest(({ url }) => hire(url, "name,born\nAnn,1990-01-31\nbob,yesterday\n"));
  await assert.rejects(failing, (error) => {
    assert.deepEqual(mismatches(error), [
      "row:2 column:born: Expected 'yesterday' to match a date pattern of 'yyyy-MM-dd'",
      "row:2 column:name: Expected 'bob' to match '[A-Z][a-z]+'",
    ]);
    return true;
  });
});

test("csv: a contract that the plugin cannot make sense of", () => {
  assert.throws(() => contract({ ...EMPLOYEES, delimiter: "comma" }), {
    message: /the plugin answered: contents config key "delimiter" is the text "comma"; expected one ASCII character that is no letter/,
  });
});

// ---- the provider ----

function provider(number) {
  return (table) => {
    const [, ...employees] = table.trimEnd().split("\n");
    return { status: 201, contentType: "text/csv", content: ["number", ...employees.map(number), ""].join("\n") };
  };
}

const pact = { provider: "staff", pactUrls: ["pacts/web-staff.json"] };

test("csv: a provider that answers what the contract says", async () => {
  const found = await withProvider(provider(() => "1001"), (url) => verify({ ...pact, providerBaseUrl: url }));
  assert.deepEqual(found, []);
});

test("csv: a provider that answers something else", async () => {
  const found = await withProvider(provider(() => "E1"), (url) => verify({ ...pact, providerBaseUrl: url }));
  assert.deepEqual(found, ["row:1 column:number: Expected 'E1' to match an integer number"]);
});
