package config

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"bellwether/internal/errs"
)

const (
	variablePrefix = "BELLWETHER_"
	fileVariable   = variablePrefix + "CONFIG"
)

// readEnvironment keeps the variables with our prefix. Unknown ones are let be: an orchestrator sets variables such as
// BELLWETHER_SERVICE_HOST for a service of this name. An empty variable counts as not set.
func readEnvironment(environ []string) map[string]setting {
	ours := map[string]setting{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, variablePrefix) && value != "" {
			ours[name] = setting{value, source(name)}
		}
	}
	return ours
}

// readFile reads lines of "key = value"; blank lines and lines that begin with # are skipped. Unknown keys and keys
// given twice are refused, because a setting that is silently not in force is found out too late.
func readFile(path string) (map[string]setting, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, errs.New(errs.Invalid, "config.unreadable", "the configuration file cannot be read").At(path).Because(err)
	}
	settings := map[string]setting{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for number := 1; lines.Scan(); number++ {
		where := fmt.Sprintf("%s:%d", path, number)
		name, value, err := readLine(lines.Text(), where)
		if err != nil {
			return nil, err
		}
		if name == "" {
			continue
		}
		if earlier, ok := settings[name]; ok {
			return nil, errs.New(errs.Invalid, "config.invalid", "%s is given twice, first at %s", name, earlier.from).At(where)
		}
		settings[name] = setting{value, source(where)}
	}
	if err := lines.Err(); err != nil {
		return nil, errs.New(errs.Invalid, "config.unreadable", "the configuration file cannot be read").At(path).Because(err)
	}
	return settings, nil
}

func readLine(line, where string) (name, value string, err error) {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return "", "", nil
	}
	name, value, ok := strings.Cut(line, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok {
		return "", "", errs.New(errs.Invalid, "config.invalid", "%.80q is not a setting", line).At(where).Try("write key = value")
	}
	if !slices.ContainsFunc(allKeys, func(k key) bool { return k.name == name }) {
		return "", "", errs.New(errs.Invalid, "config.unknown_key", "%.80q is not a key", name).At(where).Try("the keys are " + names())
	}
	return name, value, nil
}

func names() string {
	var all []string
	for _, k := range allKeys {
		all = append(all, k.name)
	}
	return strings.Join(all, ", ")
}
