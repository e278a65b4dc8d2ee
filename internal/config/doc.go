// Package config holds the settings of a running Bellwether: read from flags, then the environment, then a file, then
// defaults; checked once, at the start; and shown on request with secrets masked and the source of every value.
//
// It owns the keys, their defaults and their checks. Every error names the key and where its value came from, and all
// errors are reported at once. It does not own what a setting means to its user: the database's name is store's to open,
// the folder of price books pricebook's to read. Business policy is never a setting: it is data in a price book.
package config
