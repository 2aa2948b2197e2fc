package frameworks

import (
	"strings"
	"testing"
)

func useRuleOfPlugin(t *testing.T) {
	cards := contract{
		provider: "bank", description: "cards", plugins: []string{"csv", "creditcard"},
		method: "POST", path: "/cards", contentType: "text/csv", status: 201,
		request: `{"column:card": "matching(creditcard,'visa','4111 1111 1111 1111')"}`,
	}
	_ = cards.execute(t, t.TempDir(), nil)
}

// pact-go's library is older than rules of plugins, and says so. Once it is a newer one, docs/pact-go.md can show them.
func TestRulesOfPluginsAreRefused(t *testing.T) {
	said := output(t, "use a rule of a plugin")
	if refusal := "creditcard is not a valid matching rule type"; !strings.Contains(said, refusal) {
		t.Errorf("%q is not in:\n%s", refusal, said)
	}
}
