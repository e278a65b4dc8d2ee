package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/errs"
)

// key is one setting: its name in the file, its default, which may depend on keys before it, and how it is checked and
// shown. What it means stands beside its flag in Flags.
type key struct {
	name     string
	fallback func(Config) string
	set      func(*Config, string) error
	get      func(Config) string
}

func (k key) flag() string     { return "--" + strings.ReplaceAll(k.name, "_", "-") }
func (k key) variable() string { return variablePrefix + strings.ToUpper(k.name) }

var keys = []key{
	{
		"data_dir", always("bellwether-data"),
		func(c *Config, s string) error { c.DataDir = s; return notEmpty(s) },
		func(c Config) string { return c.DataDir },
	},
	{
		"database", sqliteInDataDir,
		setDatabase,
		func(c Config) string { return c.Database },
	},
	{
		"listen", always("127.0.0.1:8080"),
		setListen,
		func(c Config) string { return c.Listen },
	},
	{
		"log_format", always(FormatText),
		setLogFormat,
		func(c Config) string { return c.LogFormat },
	},
	{
		"log_level", always("info"),
		setLogLevel,
		func(c Config) string { return strings.ToLower(c.LogLevel.String()) },
	},
	{
		"price_books", always(""),
		setPriceBooks,
		func(c Config) string { return c.PriceBooks },
	},
	{
		"close_interval", always("1m"),
		setCloseInterval,
		func(c Config) string { return c.CloseInterval.String() },
	},
	{
		"node", hostName,
		func(c *Config, s string) error { c.Node = s; return notEmpty(s) },
		func(c Config) string { return c.Node },
	},
	{
		"number_quarantine_days", always("30"),
		setNumberRest,
		func(c Config) string { return strconv.FormatInt(int64(c.NumberRest/aDay), 10) },
	},
	{
		"geo", always(""),
		setGeo,
		func(c Config) string { return c.Geo },
	},
	{
		"programs", always(""),
		setPrograms,
		func(c Config) string { return c.Programs },
	},
	{
		"webhook_networks", always(""),
		setHookNetworks,
		func(c Config) string { return joinNetworks(c.HookNetworks) },
	},
	{
		"visit_days", always("760"),
		setVisitDays,
		func(c Config) string { return strconv.FormatInt(int64(c.KeepVisits/aDay), 10) },
	},
}

// allKeys are in the order in which defaults depend on one another.
var allKeys = slices.Concat(keys, serving, calling)

func always(value string) func(Config) string { return func(Config) string { return value } }

func sqliteInDataDir(c Config) string { return "sqlite:" + filepath.Join(c.DataDir, "core.db") }

func hostName(Config) string {
	if name, err := os.Hostname(); err == nil && name != "" {
		return name
	}
	return "bellwether"
}

func notEmpty(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("it must not be empty")
	}
	return nil
}

func setDatabase(c *Config, s string) error {
	c.Database = s
	if path, ok := strings.CutPrefix(s, "sqlite:"); ok && path != "" {
		return nil
	}
	if isPostgres(s) {
		if _, err := url.Parse(s); err == nil {
			return nil
		}
	}
	return errors.New("write sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME")
}

func isPostgres(s string) bool {
	return strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
}

func setListen(c *Config, s string) error {
	c.Listen = s
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return errors.New("write HOST:PORT, such as 127.0.0.1:8080")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil { // 0 is any free port
		return errors.New("the port must be a number from 0 to 65535")
	}
	return nil
}

func setLogFormat(c *Config, s string) error {
	c.LogFormat = s
	if s != FormatText && s != FormatJSON {
		return errors.New("write text or json")
	}
	return nil
}

func setLogLevel(c *Config, s string) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s)); err != nil {
		return errors.New("write debug, info, warn or error")
	}
	c.LogLevel = level
	return nil
}

func setPriceBooks(c *Config, s string) error {
	c.PriceBooks = s
	if s == "" {
		return nil
	}
	if info, err := os.Stat(s); err != nil {
		return fmt.Errorf("the folder cannot be read: %w", err)
	} else if !info.IsDir() {
		return errors.New("it is not a folder")
	}
	return nil
}

// fewestVisitDays is how many days of visits accuracy and the calculator of pools look at.
const fewestVisitDays = 30

func setVisitDays(c *Config, s string) error {
	days, err := strconv.ParseUint(s, 10, 16)
	if err != nil || days > 0 && days < fewestVisitDays {
		return fmt.Errorf("write a number of days from %d on, or 0 for without limit", fewestVisitDays)
	}
	c.KeepVisits = time.Duration(days) * aDay
	return nil
}

func setGeo(c *Config, s string) error {
	c.Geo = s
	return isFile(s)
}

func setPrograms(c *Config, s string) error {
	c.Programs = s
	return isFile(s)
}

// isFile refuses what is named and cannot be a file.
func isFile(path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err != nil {
		return fmt.Errorf("the file cannot be read: %w", err)
	} else if info.IsDir() {
		return errors.New("it is a folder, not a file")
	}
	return nil
}

// shortestCloseInterval keeps a typing error from turning the search for due closes into a busy loop.
const shortestCloseInterval = time.Second

func setCloseInterval(c *Config, s string) error {
	interval, err := time.ParseDuration(s)
	if err != nil {
		return errors.New("write a duration such as 30s or 1m")
	}
	if interval < shortestCloseInterval {
		return fmt.Errorf("it must be at least %v", shortestCloseInterval)
	}
	c.CloseInterval = interval
	return nil
}

const (
	aDay = 24 * time.Hour
	// longestRest keeps a typing error from locking numbers away for centuries.
	longestRest = 3650
)

func setNumberRest(c *Config, s string) error {
	days, err := strconv.ParseUint(s, 10, 16)
	if err != nil || days > longestRest {
		return fmt.Errorf("write a number of days from 0 to %d", longestRest)
	}
	c.NumberRest = time.Duration(days) * aDay
	return nil
}

func invalid(k key, s setting, why error) error {
	return errs.New(errs.Invalid, "config.invalid", "%q will not do", masked(s.value)).
		At(fmt.Sprintf("%s (%s)", k.name, s.from)).Try(why.Error())
}

// masked hides the password of an address: one in the user part and one among the parameters.
func masked(value string) string {
	scheme, _, isAddress := strings.Cut(value, "://")
	if !isAddress {
		return value
	}
	u, err := url.Parse(value)
	if err != nil {
		return scheme + "://***"
	}
	query := u.Query()
	for _, name := range []string{"password", "sslpassword"} {
		if query.Has(name) {
			query.Set(name, "xxxxx")
			u.RawQuery = query.Encode()
		}
	}
	return u.Redacted()
}

// setHookNetworks reads addresses and networks, with commas between them.
func setHookNetworks(c *Config, text string) error {
	c.HookNetworks = nil
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if addr, err := netip.ParseAddr(part); err == nil {
			c.HookNetworks = append(c.HookNetworks, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			return fmt.Errorf("%q is no address and no network such as 10.1.0.0/16", part)
		}
		c.HookNetworks = append(c.HookNetworks, prefix.Masked())
	}
	return nil
}

func joinNetworks(networks []netip.Prefix) string {
	texts := make([]string, len(networks))
	for i, n := range networks {
		texts[i] = n.String()
	}
	return strings.Join(texts, ",")
}
