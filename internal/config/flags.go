package config

// Flags are the command-line flags of the settings, for the command line's parser to fill. A flag left empty was not
// given.
type Flags struct {
	Config        string `placeholder:"FILE" help:"Configuration file: lines of key = value."`
	DataDir       string `placeholder:"DIR" help:"Folder for the database and what else the node keeps."`
	Database      string `placeholder:"DSN" help:"sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME."`
	Listen        string `placeholder:"HOST:PORT" help:"Address the API listens on."`
	LogFormat     string `placeholder:"FORMAT" help:"text for people, json for programs."`
	LogLevel      string `placeholder:"LEVEL" help:"debug, info, warn or error."`
	PriceBooks    string `placeholder:"DIR" help:"Folder with your own price books."`
	CloseInterval string `placeholder:"DURATION" help:"How often due day closes are looked for."`
	Node          string `placeholder:"NAME" help:"This node's name in logs and leases."`
	NumberRest    string `name:"number-quarantine-days" placeholder:"DAYS" help:"How long a released number rests before others may rent it."`
}

// Sources turns the flags into what Load reads; environ is as os.Environ returns it.
func (f Flags) Sources(environ []string) Sources {
	given := map[string]string{}
	for name, value := range map[string]string{
		"data_dir": f.DataDir, "database": f.Database, "listen": f.Listen, "log_format": f.LogFormat, "log_level": f.LogLevel,
		"price_books": f.PriceBooks, "close_interval": f.CloseInterval, "node": f.Node,
		"number_quarantine_days": f.NumberRest,
	} {
		if value != "" {
			given[name] = value
		}
	}
	return Sources{Flags: given, Environ: environ, File: f.Config}
}
