package billing

import (
	"context"
	"strings"

	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// Configuration is what a project holds now.
type Configuration struct {
	Products []string         `json:"products"`
	Seats    map[string]int64 `json:"seats"`
	Slots    map[string]int64 `json:"slots"`
	Numbers  []pricing.Number `json:"numbers"`
	Users    []string         `json:"users"`
	Packages map[string]int64 `json:"packages"` // larger minute packages: package -> minutes
}

// UsersNamed are the active users that are one of the names, in the order of the names, addresses whatever the case of their letters: a person may have
// been named by an id and by an address.
func (c Configuration) UsersNamed(names ...string) (found []string) {
	for _, name := range names {
		for _, user := range c.Users {
			if name != "" && (user == name || strings.Contains(name, "@") && strings.EqualFold(user, name)) {
				found = append(found, user)
			}
		}
	}
	return found
}

// GetConfiguration reads what a project holds now.
func GetConfiguration(ctx context.Context, q store.Querier, id ident.ProjectID) (Configuration, error) {
	held, err := openHoldings(ctx, q, id)
	if err != nil {
		return Configuration{}, err
	}
	config := Configuration{Products: []string{}, Seats: map[string]int64{}, Slots: map[string]int64{}, Numbers: []pricing.Number{}, Users: []string{}, Packages: map[string]int64{}}
	for _, h := range held {
		switch h.kind {
		case holdProduct:
			config.Products = append(config.Products, h.item)
		case holdSeats:
			config.Seats[h.item] = h.quantity
		case holdSlots:
			config.Slots[h.item] = h.quantity
		case holdNumber:
			config.Numbers = append(config.Numbers, h.number)
		case holdUser:
			config.Users = append(config.Users, h.item)
		case holdPackage:
			config.Packages[h.item] = h.quantity
		}
	}
	return config, nil
}
