package main

import (
	"context"
	"fmt"
	"time"

	"shop.example/services/internal/accesslog"
	"shop.example/services/internal/admin"
	"shop.example/services/internal/audit"
	"shop.example/services/internal/cart"
	"shop.example/services/internal/catalogue"
	"shop.example/services/internal/driver"
	"shop.example/services/internal/exchange"
	"shop.example/services/internal/feed"
	"shop.example/services/internal/front"
	"shop.example/services/internal/geo"
	"shop.example/services/internal/inventory"
	"shop.example/services/internal/labels"
	"shop.example/services/internal/ledger"
	"shop.example/services/internal/notify"
	"shop.example/services/internal/offers"
	"shop.example/services/internal/orders"
	"shop.example/services/internal/packing"
	"shop.example/services/internal/payment"
	"shop.example/services/internal/peer"
	"shop.example/services/internal/pickup"
	"shop.example/services/internal/prices"
	"shop.example/services/internal/quota"
	"shop.example/services/internal/reports"
	"shop.example/services/internal/scale"
	"shop.example/services/internal/search"
	"shop.example/services/internal/seats"
	"shop.example/services/internal/sessions"
	"shop.example/services/internal/spool"
	"shop.example/services/internal/stock"
	"shop.example/services/internal/thumbs"
	"shop.example/services/internal/warehouse"
	"shop.example/services/internal/watchdog"
)

const ms = time.Millisecond

// usual is a peer that always answers within a few milliseconds.
var usual = &peer.Manner{Usual: 2 * ms}

var modes = map[string]mode{
	"stock": {
		load: driver.Load{Kinds: []string{"reserve"}, Clients: 24, Gap: 16 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			shelf := stock.NewShelf(2000, 30*ms, 450)
			return byID("reserve", shelf.Reserve), nil
		},
	},
	"prices": {
		load: driver.Load{Kinds: []string{"quote"}, Clients: 10, Gap: 20 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			list := prices.NewList(3000, 25*ms)
			go list.Refresh(180 * ms)
			return byID("quote", list.Quote), nil
		},
	},
	"feed": {
		load: driver.Load{Kinds: []string{"viewed"}, Clients: 10, Gap: 20 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			return byID("viewed", feed.NewBatcher(100, 30*ms).Append), nil
		},
	},
	"audit": {
		load: driver.Load{Kinds: []string{"change"}, Clients: 12, Gap: 20 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			return byID("change", audit.NewTrail(90, 35*ms).Record), nil
		},
	},
	"orders": {
		load: driver.Load{Kinds: []string{"order"}, Clients: 8, Gap: 20 * ms},
		routes: func(s *site) (map[string]front.Handler, error) {
			store, err := orders.Open(s.database, 4)
			if err != nil {
				return nil, err
			}
			go store.Export(4, 50*ms, 250*ms)
			return byID("order", store.Find), nil
		},
	},
	"payment": {
		load:   driver.Load{Kinds: []string{"pay"}, Clients: 8, Gap: 15 * ms},
		office: &peer.Manner{Usual: 600 * time.Microsecond, Late: 60 * ms, OneIn: 30},
		routes: func(s *site) (map[string]front.Handler, error) {
			return byID("pay", payment.NewClient(s.web).Authorise), nil
		},
	},
	"warehouse": {
		load:   driver.Load{Kinds: []string{"locate"}, Clients: 8, Gap: 15 * ms},
		office: &peer.Manner{Usual: 600 * time.Microsecond, Late: 40 * ms, OneIn: 30},
		routes: func(s *site) (map[string]front.Handler, error) {
			return locate(s), nil
		},
	},
	"ledger": {
		load:   driver.Load{Kinds: []string{"sale"}, Clients: 10, Gap: 20 * ms},
		office: &peer.Manner{Usual: 600 * time.Microsecond, Late: 20 * ms},
		routes: func(s *site) (map[string]front.Handler, error) {
			book := ledger.NewBook(warehouse.Dial(s.lines), 45*ms)
			go book.Balance(220 * ms)
			return byID("sale", book.Post), nil
		},
	},
	"quota": {
		load:   driver.Load{Kinds: []string{"enter"}, Clients: 12, Gap: 20 * ms},
		office: &peer.Manner{Usual: 600 * time.Microsecond, Late: 40 * ms},
		routes: func(s *site) (map[string]front.Handler, error) {
			gate := quota.NewGate(warehouse.Dial(s.lines), 1000)
			go gate.Keep(220 * ms)
			return byID("enter", gate.Take), nil
		},
	},
	"spool": {
		load: driver.Load{Kinds: []string{"label"}, Clients: 6, Gap: 15 * ms},
		routes: func(s *site) (map[string]front.Handler, error) {
			dir, err := spool.Open(s.folder)
			if err != nil {
				return nil, err
			}
			_, err = s.start("tidy", tidying{dir.Path(), 30 * ms, 180 * ms})
			return byID("label", dir.Claim), err
		},
	},
	"scale": {
		load: driver.Load{Kinds: []string{"weigh"}, Clients: 4, Gap: 10 * ms},
		routes: func(s *site) (map[string]front.Handler, error) {
			devices, err := scale.Open(s.folder, 4, func(folder string) error {
				_, err := s.start("scales", scales{folder, 4, 300 * time.Microsecond, 30 * ms, 30})
				return err
			})
			return map[string]front.Handler{"weigh": func(ctx context.Context, r front.Request) (string, error) {
				return devices[r.Lane%len(devices)].Weigh(ctx)
			}}, err
		},
	},
	"thumbs": {
		overlap: true,
		load:    driver.Load{Kinds: []string{"total"}, Clients: 6, Gap: 12 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			go thumbs.NewRenderer(40*ms).Run(4, 160*ms)
			return byID("total", cart.NewCarts(2000, 4, 250*time.Microsecond).Total), nil
		},
	},
	"search": {
		samples: true,
		load:    driver.Load{Kinds: []string{"find"}, Clients: 3, Gap: 12 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			return byID("find", search.NewIndex(450_000).Find), nil
		},
	},
	"notify": {
		load: driver.Load{Kinds: []string{"mail"}, Clients: 10, Gap: 25 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			mailer := notify.NewMailer(700, 25)
			go mailer.Campaign(220 * ms)
			return byID("mail", mailer.Send), nil
		},
	},
	"inventory": {
		load:   driver.Load{Kinds: []string{"count"}, Clients: 8, Gap: 15 * ms},
		office: &peer.Manner{Usual: 600 * time.Microsecond, OneIn: 30, Refuse: true},
		routes: func(s *site) (map[string]front.Handler, error) {
			return byID("count", inventory.NewClient(warehouse.Dial(s.lines), 40*ms).Count), nil
		},
	},
	"catalogue": {
		procs:   1,
		collect: 15,
		load:    driver.Load{Kinds: []string{"page"}, Clients: 2, Gap: 4 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			pages := catalogue.NewPages(500, 1500)
			return byID("page", pages.Render), nil
		},
	},
	"cart": {
		procs: 1,
		load:  driver.Load{Kinds: []string{"total"}, Clients: 6, Gap: 12 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			carts := cart.NewCarts(1_600_000, 3, 120*time.Microsecond)
			go carts.Tidy(160 * ms)
			return byID("total", carts.Total), nil
		},
	},
	"watchdog": {
		overlap: true,
		load:    driver.Load{Kinds: []string{"locate"}, Clients: 8, Gap: 10 * ms},
		office:  usual,
		routes: func(s *site) (map[string]front.Handler, error) {
			go watchdog.NewProbe(1500).Watch(120 * ms)
			return locate(s), nil
		},
	},
	"admin": {
		overlap: true,
		load:    driver.Load{Kinds: []string{"locate"}, Clients: 8, Gap: 10 * ms},
		office:  usual,
		routes: func(s *site) (map[string]front.Handler, error) {
			dumper, err := admin.NewDumper(60_000)
			go dumper.Run(140 * ms)
			return locate(s), err
		},
	},
	"labels": {
		load: driver.Load{Kinds: []string{"label"}, Clients: 6, Gap: 6 * ms, Pipeline: true},
		accept: func(_ *site, _ *front.API, _ string) (string, error) {
			return labels.NewPress(250*time.Microsecond, 50*ms, 400).Listen()
		},
	},
	"sessions": {
		load: driver.Load{Kinds: []string{"open"}, Clients: 24, Gap: 16 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			store := sessions.NewStore(150_000)
			go store.List(350 * ms)
			return byID("open", store.Open), nil
		},
	},
	"accesslog": {
		load: driver.Load{Kinds: []string{"article"}, Clients: 10, Gap: 15 * ms},
		routes: func(s *site) (map[string]front.Handler, error) {
			to, err := s.collector()
			return byID("article", accesslog.NewWriter(to, 4000).Log), err
		},
	},
	"offers": {
		load:   driver.Load{Kinds: []string{"best"}, Clients: 6, Gap: 15 * ms},
		office: &peer.Manner{Usual: 600 * time.Microsecond, Late: 45 * ms, OneIn: 30},
		routes: func(s *site) (map[string]front.Handler, error) {
			return byID("best", offers.NewFinder(s.lines, s.lines).Best), nil
		},
	},
	"exchange": {
		procs:   1,
		overlap: true,
		load:    driver.Load{Kinds: []string{"convert"}, Clients: 8, Gap: 20 * ms},
		office:  usual,
		routes: func(s *site) (map[string]front.Handler, error) {
			go reports.NewDaily(14*ms).Run(3, 220*ms)
			return byID("convert", exchange.NewDesk(warehouse.Dial(s.lines), 4).Convert), nil
		},
	},
	"pickup": {
		procs:   1,
		overlap: true,
		load:    driver.Load{Kinds: []string{"offer"}, Clients: 12, Gap: 12 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			go reports.NewDaily(14*ms).Run(3, 200*ms)
			return byID("offer", pickup.NewSlots(3*ms).Offer), nil
		},
	},
	"packing": {
		load:   driver.Load{Kinds: []string{"parcel"}, Clients: 8, Gap: 15 * ms},
		office: &peer.Manner{Usual: 600 * time.Microsecond, Late: 45 * ms, OneIn: 30},
		accept: func(s *site, _ *front.API, annotate string) (string, error) {
			return packing.NewDesk(12, warehouse.Dial(s.lines)).Listen(annotate == "tasks")
		},
	},
	"seats": {
		load: driver.Load{Kinds: []string{"hold"}, Clients: 10, Gap: 18 * ms, Close: true},
		routes: func(*site) (map[string]front.Handler, error) {
			hall := seats.NewHall(4000, 30*ms)
			go hall.Plan(220 * ms)
			return byID("hold", hall.Hold), nil
		},
	},
	"geo": {
		load: driver.Load{Kinds: []string{"nearest"}, Clients: 12, Gap: 18 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			return byID("nearest", geo.NewRouter(3000, 30*ms, 150).Nearest), nil
		},
	},
	// Nothing is planted in the last three.
	"stores": {
		load:   driver.Load{Kinds: []string{"locate"}, Clients: 6, Gap: 15 * ms},
		office: &peer.Manner{Usual: 5 * ms},
		routes: func(s *site) (map[string]front.Handler, error) { return locate(s), nil },
	},
	"archive": {
		load: driver.Load{Kinds: []string{"offer"}, Clients: 6, Gap: 15 * ms},
		routes: func(*site) (map[string]front.Handler, error) {
			return byID("offer", pickup.NewSlots(30*ms).Offer), nil
		},
	},
	"till": {
		load:   driver.Load{Kinds: []string{"locate"}, Clients: 6, Gap: 15 * ms, Halting: 40 * ms},
		office: &peer.Manner{Usual: 5 * ms},
		routes: func(s *site) (map[string]front.Handler, error) { return locate(s), nil },
	},
}

// locate is a service that asks the warehouse.
func locate(s *site) map[string]front.Handler {
	link := warehouse.Dial(s.lines)
	return byID("locate", func(ctx context.Context, article int) (string, error) {
		return link.Ask(ctx, fmt.Sprintf("locate %d", article))
	})
}

// byID is a service with one route, which needs the number of what is asked for.
func byID(kind string, handler func(ctx context.Context, id int) (string, error)) map[string]front.Handler {
	return map[string]front.Handler{kind: func(ctx context.Context, r front.Request) (string, error) {
		return handler(ctx, r.ID)
	}}
}
