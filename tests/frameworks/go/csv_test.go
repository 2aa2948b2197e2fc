package frameworks

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	message "github.com/pact-foundation/pact-go/v2/message/v4"
)

// Tables of people, in requests, responses and messages.

const people = `{
	"columns": ["id", "name", "born"],
	"column:id": "matching(integer,7)",
	"column:name": "matching(regex,'[A-Z][a-z]+','Fred')",
	"column:born": "matching(date,'yyyy-MM-dd','2000-02-29')"
}`

const (
	goodTable = "id,name,born\n1,Ann,1990-12-31\n2,Bob,1991-01-01\n"
	badTable  = "id,name,born\n1,Ann,1990-12-31\ntwo,Bob,1991-02-29\n"
)

var (
	uploads = contract{
		provider: "people", description: "new people", plugins: []string{"csv"},
		method: "POST", path: "/people", contentType: "text/csv", request: people, status: 201,
	}
	downloads = contract{
		provider: "people", description: "all people", plugins: []string{"csv"},
		method: "GET", path: "/people", contentType: "text/csv", status: 200, response: people,
	}
)

// upload is a client under test: it sends a table, and gets a status.
func upload(server, table string) (int, error) {
	response, err := send("POST", server+"/people", "text/csv", table)
	return response.status, err
}

// download is a client under test: it fetches a table.
func download(server string) ([][]string, error) {
	response, err := send("GET", server+"/people", "", "")
	if err != nil {
		return nil, err
	}
	if response.status != 200 || response.contentType != "text/csv" {
		return nil, fmt.Errorf("expected a table, and got %v", response)
	}
	return csv.NewReader(strings.NewReader(response.body)).ReadAll()
}

func TestClientThatSendsTables(t *testing.T) {
	for name, expected := range map[string]struct {
		table      string
		status     int
		mismatches []string
	}{
		"that match": {goodTable, 201, nil},
		// By Pact's own rules, as in any other body.
		"with wrong values": {badTable, 500, []string{
			"Expected '1991-02-29' to match a date pattern of 'yyyy-MM-dd'",
			"Expected 'two' to match an integer number",
		}},
		"that are none": {"id,name,born\n1,\"Ann,1990-12-31\n", 500, []string{
			"the body is not a table: line 2: the quote that begins a field here is never closed",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var status int
			err := uploads.execute(t, t.TempDir(), func(url string) (err error) {
				status, err = upload(url, expected.table)
				return err
			})
			if status != expected.status || (err == nil) != (expected.mismatches == nil) ||
				!slices.Equal(mismatches(err), expected.mismatches) {
				t.Errorf("status %d, error %v", status, err)
			}
		})
	}
}

func TestPactFileOfTables(t *testing.T) {
	pact := readPact(t, uploads.file(t, func(url string) error {
		_, err := upload(url, goodTable)
		return err
	}))
	if plugins := fmt.Sprint(pact.Metadata.Plugins); plugins != "[{csv 0.1.0}]" {
		t.Errorf("plugins: %s", plugins)
	}
	if len(pact.Interactions) != 1 {
		t.Fatalf("interactions: %v", pact.Interactions)
	}
	request := pact.Interactions[0]["request"]
	if body := at(t, request, "body", "content"); body != "id,name,born\n7,Fred,2000-02-29\n" {
		t.Errorf("body: %q", body)
	}
	rules := at(t, request, "matchingRules", "body", "column:born", "matchers")
	if expected := []any{map[string]any{"match": "date", "format": "yyyy-MM-dd"}}; !reflect.DeepEqual(rules, expected) {
		t.Errorf("rules: %v", rules)
	}
}

// The rule for dates has a generator.
func TestClientGetsGeneratedDates(t *testing.T) {
	var table [][]string
	downloads.file(t, func(url string) (err error) {
		table, err = download(url)
		return err
	})
	if len(table) != 2 || !slices.Equal(table[0], []string{"id", "name", "born"}) {
		t.Fatalf("%q", table)
	}
	born, err := time.ParseInLocation(time.DateOnly, table[1][2], time.Local)
	if err != nil || time.Since(born).Abs() > 48*time.Hour || table[1][0] != "7" || table[1][1] != "Fred" {
		t.Errorf("%q", table[1])
	}
}

func TestProviderOfTables(t *testing.T) {
	file := downloads.file(t, func(url string) error {
		_, err := download(url)
		return err
	})
	for name, expected := range map[string]struct {
		table    string
		failures []string
	}{
		"that match": {goodTable, nil},
		"with wrong values": {badTable, []string{
			"1) Verifying a pact between web and people - all people",
			"1.1) has a matching body",
			"row:2 column:born -> Expected '1991-02-29' to match a date pattern of 'yyyy-MM-dd'",
			"row:2 column:id -> Expected 'two' to match an integer number",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, answer(200, "text/csv", expected.table))
			verification{Provider: "people", File: file, URL: server.URL}.check(t, expected.failures)
		})
	}
}

// The generator's context reaches the plugin, and from there Pact's own generator.
func TestProviderGetsValuesOfItsState(t *testing.T) {
	teams := uploads
	teams.request = `{"column:team": "fromProviderState('${team}','red')"}`
	file := teams.file(t, func(url string) error {
		_, err := upload(url, "team\nred\n")
		return err
	})
	var received string
	server := serve(t, func(response http.ResponseWriter, request *http.Request) {
		if request.URL.Path == "/state" {
			response.Header().Set("Content-Type", "application/json")
			fmt.Fprint(response, `{"team": "blue"}`)
			return
		}
		table, _ := io.ReadAll(request.Body)
		received = string(table)
		response.WriteHeader(http.StatusCreated)
	})
	verification{Provider: "people", File: file, URL: server.URL, StateURL: server.URL + "/state"}.check(t, nil)
	if received != "team\nblue\n" {
		t.Errorf("the provider has received %q", received)
	}
}

func TestConsumerOfMessages(t *testing.T) {
	pact, err := message.NewAsynchronousPact(message.Config{Consumer: "web", Provider: "people", PactDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var received string
	err = pact.AddAsynchronousMessage().ExpectsToReceive("people who left").
		UsingPlugin(message.PluginConfig{Plugin: "csv", Version: "0.1.0"}).
		WithContents(`{"columns": ["id", "name"], "column:id": "matching(integer,7)", "column:name": "Fred"}`, "text/csv").
		ExecuteTest(t, func(message message.AsynchronousMessage) error {
			received = string(message.Contents)
			return nil
		})
	if err != nil || received != "id,name\n7,Fred\n" {
		t.Errorf("error %v, message %q", err, received)
	}
}

func useAbsentVersion(t *testing.T) {
	absent := installed("csv")
	absent.Version = "9.0.0"
	newInteraction(t, "people", t.TempDir()).UsingPlugin(absent)
}

func useBadContents(t *testing.T) {
	bad := uploads
	bad.request = `{"column:born": "matching(dat,'yyyy-MM-dd','2000-02-29'"}`
	_ = bad.execute(t, t.TempDir(), nil)
}

// What somebody sees who makes a mistake: pact-go's own words say little, and the reason is in the log above them.
func TestMistakes(t *testing.T) {
	for program, expected := range map[string][]string{
		"use a version that is not there": {
			"Could not load plugin - Plugin csv:9.0.0 was not found",
			"pact setup failed:the plugin could not be started",
		},
		"use contents that make no sense": {
			"plugin csv 0.1.0, configure-interaction: the plugin answered: contents config key \"column:born\" is " +
				"\"matching(dat,'yyyy-MM-dd','2000-02-29'\", which is no matching rule definition: expected a closing bracket at the end",
			"panic: The plugin returned an error.",
		},
	} {
		t.Run(program, func(t *testing.T) {
			said := output(t, program)
			for _, line := range expected {
				if !strings.Contains(said, line) {
					t.Errorf("%q is not in:\n%s", line, said)
				}
			}
		})
	}
}
