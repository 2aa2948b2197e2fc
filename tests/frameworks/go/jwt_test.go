package frameworks

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// JSON Web Tokens, made and checked on both sides by a library that knows nothing of the plugin.

const secret = "a secret for tests, which is long enough"

// sign makes a token that is valid for a minute.
func sign(t *testing.T, method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	t.Helper()
	all := jwt.MapClaims{"exp": time.Now().Add(time.Minute).Unix(), "jti": "1"}
	maps.Copy(all, claims)
	token, err := jwt.NewWithClaims(method, all).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// orders is a contract whose client sends tokens. pact-go's library knows no generators of plugins, so the plugin is not to renew tokens,
// and the one in the pact file is valid for ten years.
var orders = contract{
	provider: "shop", description: "an order", plugins: []string{"jwt"},
	method: "POST", path: "/orders", contentType: "application/jwt", status: 201,
	request: `{"algorithm": "HS256", "secret": "` + secret + `", "subject": "alice", "item": "a red bicycle", ` +
		`"lifetime": 315360000}`,
}

// order is a client under test: it orders something, and signs the order.
func order(t *testing.T, server, subject, secret string) (int, error) {
	token := sign(t, jwt.SigningMethodHS256, []byte(secret), jwt.MapClaims{"sub": subject, "item": "a red bicycle"})
	response, err := send("POST", server+"/orders", "application/jwt", token)
	return response.status, err
}

func TestClientThatSendsTokens(t *testing.T) {
	for name, expected := range map[string]struct {
		subject, secret string
		status          int
		mismatches      []string
	}{
		"that match":        {"alice", secret, 201, nil},
		"for somebody else": {"bob", secret, 500, []string{`expected the claim "sub" to be "alice", but it is "bob"`}},
		"with another secret": {"alice", strings.ToUpper(secret), 500, []string{
			"the signature does not verify with HS256 and the key of this interaction",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var status int
			err := orders.execute(t, t.TempDir(), func(url string) (err error) {
				status, err = order(t, url, expected.subject, expected.secret)
				return err
			})
			if status != expected.status || (err == nil) != (expected.mismatches == nil) ||
				!slices.Equal(mismatches(err), expected.mismatches) {
				t.Errorf("status %d, error %v", status, err)
			}
		})
	}
}

func TestProviderGetsTheTokenOfThePactFile(t *testing.T) {
	file := orders.file(t, func(url string) error {
		_, err := order(t, url, "alice", secret)
		return err
	})
	var received string
	server := serve(t, func(response http.ResponseWriter, request *http.Request) {
		token, _ := io.ReadAll(request.Body)
		received = string(token)
		response.WriteHeader(http.StatusCreated)
	})
	verification{Provider: "shop", File: file, URL: server.URL}.check(t, nil)

	inFile, err := base64.StdEncoding.DecodeString(at(t, readPact(t, file).Interactions[0], "request", "body", "content").(string))
	if err != nil || received != string(inFile) {
		t.Errorf("received: %q; in the file: %q (%v)", received, inFile, err)
	}
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(received, claims, func(*jwt.Token) (any, error) { return []byte(secret), nil }); err != nil {
		t.Error(err)
	}
	if claims["sub"] != "alice" || claims["item"] != "a red bicycle" {
		t.Errorf("claims: %v", claims)
	}
}

// logins is a contract whose provider sends tokens, with the private key that the plugin signs its example with.
func logins(t *testing.T, key *rsa.PrivateKey) contract {
	t.Helper()
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	contents, err := json.Marshal(map[string]string{
		"algorithm":   "RS256",
		"private-key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})),
		"audience":    "web",
		"subject":     "alice",
	})
	if err != nil {
		t.Fatal(err)
	}
	return contract{
		provider: "shop", description: "a login", plugins: []string{"jwt"},
		method: "POST", path: "/login", contentType: "application/jwt", status: 200, response: string(contents),
	}
}

// logIn is a client under test: it gets a token, and believes it if the provider has signed it. It gives the token's subject.
func logIn(server string, key *rsa.PublicKey) (string, error) {
	response, err := send("POST", server+"/login", "", "")
	if err != nil {
		return "", err
	}
	token, err := jwt.Parse(response.body, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience("web"), jwt.WithExpirationRequired())
	if err != nil {
		return "", fmt.Errorf("%v: %w", response, err)
	}
	return token.Claims.GetSubject()
}

func TestProviderOfTokens(t *testing.T) {
	key := newKey(t)
	var subject string
	file := logins(t, key).file(t, func(url string) (err error) {
		subject, err = logIn(url, &key.PublicKey)
		return err
	})
	if subject != "alice" {
		t.Errorf("the client has got a token of %q", subject)
	}
	for name, expected := range map[string]struct {
		key      *rsa.PrivateKey
		subject  string
		failures []string
	}{
		"that match": {key, "alice", nil},
		"for somebody else, with another key": {newKey(t), "bob", []string{
			"$ -> the signature does not verify with RS256 and the key of this interaction",
			"1) Verifying a pact between web and shop - a login",
			"1.1) has a matching body",
			`claims:sub -> expected the claim "sub" to be "alice", but it is "bob"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			// More than the client needs may be in the token.
			claims := jwt.MapClaims{"aud": "web", "sub": expected.subject, "role": "admin"}
			server := serve(t, answer(200, "application/jwt", sign(t, jwt.SigningMethodRS256, expected.key, claims)))
			verification{Provider: "shop", File: file, URL: server.URL}.check(t, expected.failures)
		})
	}
}

func TestNoPrivateKeyIsPublished(t *testing.T) {
	key := newKey(t)
	file := logins(t, key).file(t, func(url string) error {
		_, err := logIn(url, &key.PublicKey)
		return err
	})
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), "PUBLIC KEY") || strings.Contains(string(content), "PRIVATE KEY") {
		t.Errorf("%s", content)
	}
}
