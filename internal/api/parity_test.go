package api_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"bellwether/internal/store/storetest"
)

// operationsOf says by which operation a program does what a form of calls, call tracking and telephony does; where there is none, why not,
// after a dash.
var operationsOf = map[string]string{
	"calls/settings":                              "set-call-settings",
	"calls/{call}/code":                           "give-call-promo",
	"calls/{call}/labels":                         "set-call-labels",
	"calls/{call}/note":                           "add-call-note",
	"calls/{call}/note/{note}/remove":             "remove-call-note",
	"calls/{call}/recordings/{recording}/erase":   "erase-recording",
	"calls/{call}/recordings/{recording}/heard":   "set-voicemail-heard",
	"calls/{call}/recordings/{recording}/unheard": "set-voicemail-heard",
	"calls/{call}/recordings/{recording}/restore": "restore-recording",
	"calls/{call}/rescore":                        "rescore-call",
	"clients/{client}/erase":                      "erase-client",
	"leads/{lead}/erase":                          "erase-lead",
	"leads/{lead}/state":                          "set-lead-state",

	"telephony/accounts/{account}":                  "edit-sip-account",
	"telephony/accounts/{account}/password":         "new-sip-password",
	"telephony/accounts/{account}/remove":           "remove-sip-account",
	"telephony/blocked/new":                         "block-caller",
	"telephony/blocked/remove":                      "unblock-caller",
	"telephony/employees/new":                       "add-employee",
	"telephony/employees/{employee}":                "edit-employee",
	"telephony/employees/{employee}/account":        "open-sip-account",
	"telephony/employees/{employee}/presence":       "set-presence",
	"telephony/employees/{employee}/remove":         "remove-employee",
	"telephony/hours":                               "set-business-hours",
	"telephony/numbers/{number}":                    "set-number-scheme",
	"telephony/prompts/new":                         "add-prompt",
	"telephony/prompts/{prompt}/remove":             "remove-prompt",
	"telephony/schemes/new":                         "make-scheme",
	"telephony/schemes/{scheme}":                    "save-scheme",
	"telephony/schemes/{scheme}/discard":            "discard-scheme-draft",
	"telephony/schemes/{scheme}/remove":             "remove-scheme",
	"telephony/schemes/{scheme}/try":                "dry-run",
	"telephony/schemes/{scheme}/versions/{version}": "roll-back-scheme",
	"telephony/settings":                            "set-telephony-settings",
	"telephony/trunks/new":                          "add-trunk",
	"telephony/trunks/{trunk}":                      "edit-trunk",
	"telephony/trunks/{trunk}/carry":                "carry-number",
	"telephony/trunks/{trunk}/drop":                 "drop-number",
	"telephony/trunks/{trunk}/remove":               "remove-trunk",

	"tracking/numbers/{number}":                "set-number-source",
	"tracking/numbers/{number}/retire":         "retire-tracking-number",
	"tracking/pools/new":                       "add-pool",
	"tracking/pools/{pool}":                    "edit-pool",
	"tracking/pools/{pool}/numbers":            "add-pool-numbers",
	"tracking/pools/{pool}/remove":             "remove-pool",
	"tracking/sites/new":                       "add-site",
	"tracking/sites/{site}/remove":             "remove-site",
	"tracking/sites/{site}/rules":              "set-rules",
	"tracking/sites/{site}/settings":           "edit-site",
	"tracking/sites/{site}/try":                "try-rules",
	"tracking/sites/{site}/versions/{version}": "set-rules", // with the rules of list-rule-versions

	"views":        "- a person's own bookmarks in the cabinet; a key is no person, and its program asks with the filters themselves",
	"views/remove": "- as views",
}

// sections are those of which whatever people can do, programs can too.
var sections = regexp.MustCompile(`^POST /p/\{project\}/((?:calls|clients|leads|live|telephony|tracking|visitors|views)(?:/.*)?)  `)

// What people do with a form, programs do with an operation: a new form names its own, or says why it has none.
func TestEveryFormHasItsOperation(t *testing.T) {
	t.Parallel()
	routes, err := os.ReadFile("../web/cabinet/testdata/routes.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, op := range openSite(t, storetest.SQLite(t)).api.Operations() {
		known[op.ID] = true
	}
	forms := map[string]bool{}
	for line := range strings.Lines(string(routes)) {
		found := sections.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		form := found[1]
		forms[form] = true
		switch op, listed := operationsOf[form]; {
		case !listed:
			t.Errorf("the form %s has no operation: name it in operationsOf, or say there why there is none", form)
		case !strings.HasPrefix(op, "- ") && !known[op]:
			t.Errorf("%s: there is no operation %s", form, op)
		}
	}
	for form := range operationsOf {
		if !forms[form] {
			t.Errorf("there is no form %s", form)
		}
	}
}
