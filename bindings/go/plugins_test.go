package pactwasm_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pactwasm "libpact_wasm/bindings/go"
)

var tokenConfig = map[string]any{"algorithm": "HS256", "secret": "for tests", "subject": "alice"}

func configureToken(t testing.TB, jwt *pactwasm.Plugin, config any) *pactwasm.Interaction {
	t.Helper()
	interaction, err := jwt.ConfigureInteraction(t.Context(),
		pactwasm.ConfigureRequest{ContentType: "application/jwt", ContentsConfig: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { interaction.Close() })
	return interaction
}

// comparison with a part of an interaction, as a test framework does it.
func comparison(expected pactwasm.InteractionPart, actual []byte) pactwasm.CompareRequest {
	return pactwasm.CompareRequest{
		Expected:            expected.Body,
		Actual:              pactwasm.Body{ContentType: expected.Body.ContentType, Content: actual},
		Rules:               expected.Rules,
		PluginConfiguration: expected.PluginConfiguration,
	}
}

func TestJWT(t *testing.T) {
	host := newHost(t, pactwasm.Options{})
	jwt := load(t, host, "jwt")
	alice := configureToken(t, jwt, tokenConfig)
	expected := alice.Parts[0]

	equal(t, "parts", len(alice.Parts), 1)
	equal(t, "content type", expected.Body.ContentType, "application/jwt")
	equal(t, "hint", expected.Body.Hint, pactwasm.HintText)
	equal(t, "dots", strings.Count(string(expected.Body.Content), "."), 2)
	equal(t, "stored algorithm", object(t, expected.PluginConfiguration.Interaction)["algorithm"], "HS256")
	contains(t, "rendering", expected.Rendering, "alice")
	if _, found := object(t, expected.Rules)["$.claims.exp"]; !found {
		t.Errorf("no rule for exp in %s", expected.Rules)
	}

	same := must(jwt.CompareContents(t.Context(), comparison(expected, expected.Body.Content)))(t)
	equal(t, "comparison with itself", *same, pactwasm.Comparison{Verdict: pactwasm.VerdictMatch})

	bob := configureToken(t, jwt, map[string]any{"algorithm": "HS256", "secret": "for tests", "subject": "bob"})
	other := must(jwt.CompareContents(t.Context(), comparison(expected, bob.Parts[0].Body.Content)))(t)
	equal(t, "verdict", other.Verdict, pactwasm.VerdictMismatch)
	equal(t, "mismatches", len(other.Mismatches), 1)
	equal(t, "mismatch", other.Mismatches[0].String(),
		`claims:sub: expected the claim "sub" to be "alice", but it is "bob"`)

	fresh := must(jwt.GenerateContent(t.Context(), pactwasm.GenerateRequest{
		Body:                expected.Body,
		Generators:          expected.Generators,
		PluginConfiguration: expected.PluginConfiguration,
		TestMode:            pactwasm.TestModeProvider,
	}))(t)
	if string(fresh.Content) == string(expected.Body.Content) {
		t.Error("the generated token is the old one")
	}
	renewed := must(jwt.CompareContents(t.Context(), comparison(expected, fresh.Content)))(t)
	equal(t, "comparison with the generated token", renewed.Matches(), true)
}

func TestInfoAndCatalogue(t *testing.T) {
	host := newHost(t, pactwasm.Options{ManualInit: true})
	installed := must(host.Discover())(t)
	if !slices.ContainsFunc(installed, func(p pactwasm.InstalledPlugin) bool {
		return p.Name == "jwt" && p.Version == "0.1.0" && p.ExecutableType == "wasm" && p.Problem == "" &&
			filepath.Base(p.Directory) == "jwt-0.1.0"
	}) {
		t.Errorf("jwt is not among %+v", installed)
	}

	minimal := must(host.Load(t.Context(), "minimal", "1.0.0"))(t)
	defer minimal.Close()
	before := must(minimal.Info())(t)
	equal(t, "name", before.Name+" "+before.Version, "minimal 1.0.0")
	equal(t, "directory", filepath.Base(before.Directory), "minimal-1.0.0")
	equal(t, "roles", before.Roles, []string{})
	equal(t, "capabilities before init", before.Capabilities, []string(nil))
	equal(t, "length of the UUID", len(before.InstanceID), 36)
	if err := minimal.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "capabilities", must(minimal.Info())(t).Capabilities, []string{"interaction/message"})

	jwt := must(host.LoadDirectory(t.Context(), filepath.Join(testPlugins, "jwt-0.1.0")))(t)
	defer jwt.Close()
	equal(t, "catalogue before init", must(jwt.Catalogue())(t), []pactwasm.CatalogueEntry{})
	if err := jwt.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "roles", must(jwt.Info())(t).Roles, []string{"content-matcher", "content-generator"})
	entries := must(jwt.Catalogue())(t)
	equal(t, "entries", len(entries), 2)
	equal(t, "entry", entries[0], pactwasm.CatalogueEntry{
		Key: "plugin/jwt/content-matcher/jwt", PluginName: "jwt", EntryType: "content-matcher", Values: entries[0].Values,
	})
	contains(t, "content types", entries[0].Values["content-types"], "application/jwt")

	all := must(host.Catalogue())(t)
	equal(t, "the host's own entries come first", all[0].PluginName, "")
	equal(t, "the plugin's entries", all[len(all)-2:], entries)
}

func TestUpdateCatalogue(t *testing.T) {
	echo := loaded(t, "echo", pactwasm.Options{})
	err := echo.UpdateCatalogue(t.Context(), []pactwasm.CatalogueEntry{
		{EntryType: "matcher", Key: "one", Values: map[string]string{"ä": "ö"}}, {EntryType: "generator", Key: "two"},
	})
	if err != nil {
		t.Fatal(err)
	}
	interaction := must(echo.ConfigureInteraction(t.Context(), pactwasm.ConfigureRequest{
		ContentType: "a/b", ContentsConfig: map[string]any{"describe": "catalogue"},
	}))(t)
	defer interaction.Close()
	equal(t, "what the plugin was told", string(interaction.Parts[0].Body.Content),
		`[{"entry_type":"Matcher","key":"one","values":[["ä","ö"]]},{"entry_type":"Generator","key":"two","values":[]}]`)
}

func TestImplementation(t *testing.T) {
	echo := loaded(t, "echo", pactwasm.Options{Implementation: "pact-go", ImplementationVersion: "2.4.1"})
	interaction := must(echo.ConfigureInteraction(t.Context(), pactwasm.ConfigureRequest{
		ContentType: "a/b", ContentsConfig: map[string]any{"describe": "init"},
	}))(t)
	defer interaction.Close()
	init := object(t, interaction.Parts[0].Body.Content)
	equal(t, "implementation", init["implementation"], "pact-go")
	equal(t, "version", init["version"], "2.4.1")
}

func TestCSV(t *testing.T) {
	csv := loaded(t, "csv", pactwasm.Options{})
	interaction := must(csv.ConfigureInteraction(t.Context(), pactwasm.ConfigureRequest{
		ContentType: "text/csv",
		// The order of the columns is that of the keys, which a map would sort.
		ContentsConfig: json.RawMessage(`{"csvHeaders":true,"column:name":"matching(type,'Fred')","column:age":"matching(integer,7)"}`),
	}))(t)
	defer interaction.Close()
	expected := interaction.Parts[0]
	equal(t, "table", string(expected.Body.Content), "name,age\nFred,7\n")
	good := must(csv.CompareContents(t.Context(), comparison(expected, []byte("name,age\nAnn,30\nBob,4\n"))))(t)
	equal(t, "a good table", good.Matches(), true)
	bad := must(csv.CompareContents(t.Context(), comparison(expected, []byte("name,age\nAnn,30\nBob,four\n"))))(t)
	equal(t, "mismatches", len(bad.Mismatches), 1)
	equal(t, "path", bad.Mismatches[0].Path, "row:2 column:age")
	equal(t, "actual", string(bad.Mismatches[0].Actual), "four")
}

func TestCreditCard(t *testing.T) {
	card := loaded(t, "creditcard", pactwasm.Options{})
	number := must(card.GenerateField(t.Context(), pactwasm.GenerateFieldRequest{
		Key: "creditcard", GeneratorType: "creditcard", GeneratorValues: map[string]any{"brand": "amex"}, Example: "3782-822463-10005",
	}))(t)
	generated, isText := number.(string)
	if !isText || len(generated) != 17 || !strings.HasPrefix(generated, "3") || strings.Count(generated, "-") != 2 {
		t.Fatalf("generated %#v", number)
	}
	match := pactwasm.MatchFieldRequest{
		Key: "creditcard", RuleType: "creditcard", RuleValues: map[string]any{"brand": "amex"}, Path: "$.card",
		Expected: "3782-822463-10005", Actual: generated,
	}
	equal(t, "a generated number", must(card.MatchField(t.Context(), match))(t).Matches(), true)
	match.Actual = "4111 1111 1111 1111"
	wrong := must(card.MatchField(t.Context(), match))(t)
	equal(t, "verdict", wrong.Verdict, pactwasm.VerdictMismatch)
	equal(t, "path", wrong.Mismatches[0].Path, "$.card")
	contains(t, "description", wrong.Mismatches[0].Description, "amex")
}

func TestGenericCall(t *testing.T) {
	jwt := loaded(t, "jwt", pactwasm.Options{})
	request := map[string]any{"contentType": "application/jwt", "contentsConfig": tokenConfig}
	var response struct {
		Interactions []struct {
			Contents struct {
				ContentType string `json:"contentType"`
				Content     []byte `json:"content"`
			} `json:"contents"`
		} `json:"interactions"`
	}
	if err := jwt.Call(t.Context(), "configure-interaction", request, &response); err != nil {
		t.Fatal(err)
	}
	equal(t, "content type", response.Interactions[0].Contents.ContentType, "application/jwt")
	equal(t, "begin of the token", string(response.Interactions[0].Contents.Content[:3]), "eyJ")

	var native map[string]any
	if err := jwt.Call(t.Context(), "configure-interaction", request, &native); err != nil {
		t.Fatal(err)
	}
	if native["interactions"] == nil {
		t.Errorf("no interactions in %v", native)
	}
	if err := jwt.Call(t.Context(), "init", map[string]any{}, nil); err == nil {
		t.Error("a response was read into nil")
	}
}

func TestPactFile(t *testing.T) {
	jwt := loaded(t, "jwt", pactwasm.Options{})
	alice := configureToken(t, jwt, tokenConfig)
	pact := pactwasm.NewPactFile(`sh"op`, "löckin")
	if err := pact.AddPlugin(jwt); err != nil {
		t.Fatal(err)
	}
	jwt.Close() // the interactions know what they need
	http := pactwasm.PactInteraction{
		Template: map[string]any{
			"type": "Synchronous/HTTP", "description": "a token for a token",
			"request": map[string]any{"method": "POST", "path": "/token"}, "response": map[string]any{"status": 201},
		},
		Request: alice, Response: alice,
	}
	if err := pact.AddInteraction(http); err != nil {
		t.Fatal(err)
	}
	again := pactwasm.PactFileFrom(pact.JSON())
	if err := again.AddInteraction(http); err != nil {
		t.Fatal(err)
	}
	equal(t, "the same interaction again", string(again.JSON()), string(pact.JSON()))
	message := pactwasm.PactInteraction{
		Template: map[string]any{"type": "Asynchronous/Messages", "description": "a token"}, Message: alice,
	}
	if err := pact.AddInteraction(message); err != nil {
		t.Fatal(err)
	}

	path := filepath.Join(t.TempDir(), "shop-login.json")
	if err := pact.Write(path); err != nil {
		t.Fatal(err)
	}
	written := object(t, must(os.ReadFile(path))(t))
	equal(t, "consumer", written["consumer"], map[string]any{"name": `sh"op`})
	equal(t, "provider", written["provider"], map[string]any{"name": "löckin"})
	interactions := written["interactions"].([]any)
	equal(t, "interactions", len(interactions), 2)
	body := interactions[0].(map[string]any)["request"].(map[string]any)["body"].(map[string]any)
	equal(t, "content type", body["contentType"], "application/jwt")

	before := string(pact.JSON())
	fails(t, pact.AddInteraction(pactwasm.PactInteraction{Template: map[string]any{}}), pactwasm.ErrInvalidArgument, "template")
	fails(t, pact.AddInteraction(pactwasm.PactInteraction{Template: make(chan int)}), pactwasm.ErrInvalidArgument, `"Template"`)
	equal(t, "the file after a failure", string(pact.JSON()), before)
	fails(t, pactwasm.PactFileFrom([]byte("{")).AddInteraction(http), pactwasm.ErrInvalidArgument, "pact_json")
	if err := pact.Write(filepath.Join(path, "below a file")); err == nil {
		t.Error("written below a file")
	}
}
