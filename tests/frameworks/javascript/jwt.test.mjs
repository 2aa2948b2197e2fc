// "web" orders at "shop" with a token that it signs, and gets a token for its session there. These are two interactions, because pact-js
// keeps one configuration of a plugin for each, and so one key.

import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PactV4 } from "@pact-foundation/pact";
import { mismatches, verify, withProvider } from "./support.mjs";

const JWT = "application/jwt";
const newKey = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const webKey = newKey();
const shopKey = newKey();

function contents(key, claims) {
  return JSON.stringify({ algorithm: "RS256", "private-key": key.export({ type: "pkcs8", format: "pem" }), ...claims });
}

function interaction(description) {
  return new PactV4({ consumer: "web", provider: "shop", logLevel: "error" })
    .addInteraction()
    .uponReceiving(description)
    .usingPlugin({ plugin: "jwt", version: "0.1.0" });
}

function orderContract() {
  return interaction("an order")
    .withRequest("POST", "/orders", (request) => request.pluginContents(JWT, contents(webKey, { subject: "alice", item: "pen" })))
    .willRespondWith(201);
}

function sessionContract() {
  return interaction("a session")
    .withRequest("GET", "/session")
    .willRespondWith(200, (response) => response.pluginContents(JWT, contents(shopKey, { issuer: "shop", roles: ["buyer"] })));
}

/** A token as both sides make them, without the plugin. */
function token(algorithm, makeSignature, claims) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const payload = { exp: Math.floor(Date.now() / 1000) + 60, jti: randomUUID(), ...claims };
  const signed = `${encode({ alg: algorithm, typ: "JWT" })}.${encode(payload)}`;
  return `${signed}.${makeSignature(signed).toString("base64url")}`;
}

const rsaToken = (key, claims) => token("RS256", (signed) => sign("sha256", Buffer.from(signed), key), claims);

// ---- the consumer ----

async function order(url, subject, key = webKey) {
  const body = rsaToken(key, { sub: subject, item: "pen" });
  const response = await fetch(`${url}/orders`, { method: "POST", headers: { "Content-Type": JWT }, body });
  return response.status;
}

async function roles(url) {
  const session = await (await fetch(`${url}/session`)).text();
  return JSON.parse(Buffer.from(session.split(".")[1], "base64url")).roles;
}

test("jwt: a consumer that sends what the contract says", async () => {
  assert.equal(await orderContract().executeTest(({ url }) => order(url, "alice")), 201);
});

test("jwt: a consumer that reads what the contract says", async () => {
  assert.deepEqual(await sessionContract().executeTest(({ url }) => roles(url)), ["buyer"]);
});

test("jwt: the pact file has public keys only", () => {
  const pact = readFileSync("pacts/web-shop.json", "utf8");
  assert.equal(pact.match(/BEGIN PUBLIC KEY/g).length, 2);
  assert.doesNotMatch(pact, /PRIVATE KEY/);
});

test("jwt: a consumer that sends something else", async () => {
  await assert.rejects(orderContract().executeTest(({ url }) => order(url, "bob")), (error) => {
    assert.deepEqual(mismatches(error), ['claims:sub: expected the claim "sub" to be "alice", but it is "bob"']);
    return true;
  });
});

test("jwt: a consumer that signs with another key", async () => {
  await assert.rejects(orderContract().executeTest(({ url }) => order(url, "alice", newKey())), (error) => {
    assert.deepEqual(mismatches(error), ["$: the signature does not verify with RS256 and the key of this interaction"]);
    return true;
  });
});

// ---- the provider ----

function provider(session) {
  return (body, method) => (method === "POST" ? { status: 201 } : { status: 200, contentType: JWT, content: rsaToken(shopKey, session) });
}

const pact = { provider: "shop", pactUrls: ["pacts/web-shop.json"] };

test("jwt: a provider that answers what the contract says", async () => {
  const session = { iss: "shop", roles: ["buyer"] };
  const found = await withProvider(provider(session), (url) => verify({ ...pact, providerBaseUrl: url }));
  assert.deepEqual(found, []);
});

test("jwt: a provider that answers something else", async () => {
  const session = { iss: "shop", roles: ["guest"] };
  const found = await withProvider(provider(session), (url) => verify({ ...pact, providerBaseUrl: url }));
  assert.deepEqual(found, ['claims:roles: expected the claim "roles" to be ["buyer"], but it is ["guest"]']);
});

// ---- the provider gets tokens ----

const SECRET = "for tests";
const hmac = (signed) => createHmac("sha256", SECRET).update(signed).digest();

/** What a token claims, if its signature is the one of the secret. */
function claims(token) {
  const [, signed, payload, signature] = token.match(/^([^.]+\.([^.]+))\.([^.]+)$/);
  assert.equal(signature, hmac(signed).toString("base64url"));
  return JSON.parse(Buffer.from(payload, "base64url"));
}

test("jwt: a provider gets a token that is renewed", async () => {
  const contents = JSON.stringify({ algorithm: "HS256", secret: SECRET, subject: "alice" });
  await new PactV4({ consumer: "app", provider: "shop", logLevel: "error" })
    .addInteraction()
    .uponReceiving("an order")
    .usingPlugin({ plugin: "jwt", version: "0.1.0" })
    .withRequest("POST", "/orders", (request) => request.pluginContents(JWT, contents))
    .willRespondWith(201)
    .executeTest(async ({ url }) => {
      const body = token("HS256", hmac, { sub: "alice" });
      await fetch(`${url}/orders`, { method: "POST", headers: { "Content-Type": JWT }, body });
    });
  const received = [];
  const shop = (body) => {
    received.push(claims(body));
    return { status: 201 };
  };
  const pactUrls = ["pacts/app-shop.json"];
  assert.deepEqual(await withProvider(shop, (url) => verify({ provider: "shop", pactUrls, providerBaseUrl: url })), []);

  const [{ request }] = JSON.parse(readFileSync(pactUrls[0], "utf8")).interactions;
  const written = claims(Buffer.from(request.body.content, "base64").toString());
  assert.equal(received.length, 1);
  assert.equal(received[0].sub, "alice");
  assert.notEqual(received[0].jti, written.jti);
});
