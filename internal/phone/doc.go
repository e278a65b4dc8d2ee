// Package phone holds telephone numbers: reading what people and exports write, the country a number belongs to and its
// area there, whether it is a mobile, toll-free or premium-rate one, which dialled digits reach the emergency services,
// and how a number looks in a log.
//
// It owns the tables of emergency numbers and of premium prefixes. It does not know prices or zones (rating's), nor
// which numbers a project may dial (charging's). Numbering plans come from libphonenumber's data, which lags behind the
// regulators: so a number that is long enough but unknown there is accepted, and nothing here calls it invalid.
package phone
