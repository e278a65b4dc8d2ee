package store

import (
	"path/filepath"
	"strings"
)

// Schema names one of the two databases of an installation. Each has its own tables, migrations, writer and health, so that
// a flood of visits keeps no call and no posting waiting. No transaction spans both.
type Schema string

// The schemas.
const (
	Core   Schema = ""       // money, configuration, people, calls
	Events Schema = "events" // what visitors do: on SQLite a file beside, on PostgreSQL a schema of its own
)

// Schemas lists them, in the order in which they are made.
var Schemas = []Schema{Core, Events}

// Of gives the options under which the database of a schema is opened, from those of the core: on SQLite it is another file.
func (o Options) Of(schema Schema) Options {
	if path, lite := strings.CutPrefix(o.DSN, "sqlite:"); lite {
		o.DSN = "sqlite:" + schema.File(path)
	}
	o.Schema = schema
	return o
}

// File is the file of this schema beside the one of the core: events.db beside core.db, shop-events.db beside shop.db.
func (s Schema) File(core string) string {
	if s == Core {
		return core
	}
	folder, name := filepath.Split(core)
	extension := filepath.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	if stem == "core" {
		return folder + string(s) + extension
	}
	return folder + stem + "-" + string(s) + extension
}

func (s Schema) folder() string {
	if s == Core {
		return "migrations"
	}
	return "migrations/" + string(s)
}

// prologue is what comes before the first table.
func (s Schema) prologue(dialect Dialect) string {
	if s == Core || dialect != Postgres {
		return ""
	}
	return "CREATE SCHEMA IF NOT EXISTS " + string(s) + ";"
}
