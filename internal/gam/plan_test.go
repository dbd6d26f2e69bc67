package gam

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestProfileRateByMedium(t *testing.T) {
	free := (*int)(nil)
	for _, c := range []struct {
		about        string
		down, up     *int
		overhead     int
		copper, coax Rate
	}{
		{"no overhead", ptr(100), ptr(20), 0, Rate{100, 20}, Rate{100, 20}},
		{"seven percent, exact", ptr(100), ptr(200), 7, Rate{107, 214}, Rate{107, 214}},
		{"rounded up", ptr(50), ptr(25), 7, Rate{54, 27}, Rate{54, 27}},                     // 53.5, 26.75
		{"rounded up from a hundredth", ptr(101), ptr(11), 7, Rate{109, 12}, Rate{109, 12}}, // 108.07, 11.77
		{"lowest", ptr(10), ptr(10), 0, Rate{10, 10}, Rate{10, 10}},
		{"raised to the lowest", ptr(5), ptr(1), 7, Rate{10, 10}, Rate{10, 10}},
		{"coax limit", ptr(800), ptr(800), 0, Rate{800, 800}, Rate{800, 800}},
		{"coax limit passed by overhead", ptr(750), ptr(750), 7, Rate{803, 803}, Rate{}},
		{"coax limit just met by overhead", ptr(747), ptr(747), 7, Rate{800, 800}, Rate{800, 800}}, // 799.29
		{"copper limit", ptr(1000), ptr(1000), 0, Rate{1000, 1000}, Rate{}},
		{"copper limit just met", ptr(934), ptr(934), 7, Rate{1000, 1000}, Rate{}}, // 999.38
		{"copper limit passed", ptr(935), ptr(935), 7, Rate{}, Rate{}},             // 1000.45
		{"gigabit down, limited up", ptr(1000), ptr(100), 7, Rate{1000, 107}, Rate{800, 107}},
		{"limited down, gigabit up", ptr(100), ptr(1000), 7, Rate{107, 1000}, Rate{107, 800}},
		{"unthrottled", free, free, 7, Rate{}, Rate{}},
		{"unthrottled down", free, ptr(50), 0, Rate{1000, 50}, Rate{800, 50}},
		{"unthrottled up", ptr(50), free, 0, Rate{50, 1000}, Rate{50, 800}},
		{"highest plan", ptr(1999), ptr(1999), 30, Rate{}, Rate{}},
	} {
		p := Plan{DownstreamMbps: c.down, UpstreamMbps: c.up, OverheadPercent: c.overhead}
		if got := p.Rate(Copper); got != c.copper {
			t.Errorf("%s, copper: got %+v, want %+v", c.about, got, c.copper)
		}
		if got := p.Rate(Coax); got != c.coax {
			t.Errorf("%s, coax: got %+v, want %+v", c.about, got, c.coax)
		}
	}
	if (Rate{DownMbps: 10}).Unthrottled() || !(Rate{}).Unthrottled() {
		t.Error("only the zero rate is unthrottled")
	}
	if MaxRate(Copper) != 1000 || MaxRate(Coax) != 800 {
		t.Errorf("limits: copper %d, coax %d", MaxRate(Copper), MaxRate(Coax))
	}
}

// Whatever is sold, the limiter never cuts below it, never asks for more than
// the medium has, and is the smallest such setting.
func TestProfileRateNeverCutsWhatWasSold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Ptr(rapid.IntRange(MinRateMbps, MaxPlanMbps), true)
		p := Plan{
			DownstreamMbps:  rate.Draw(t, "down"),
			UpstreamMbps:    rate.Draw(t, "up"),
			OverheadPercent: rapid.IntRange(0, MaxOverheadPercent).Draw(t, "overhead"),
		}
		m := rapid.SampledFrom([]Medium{Copper, Coax}).Draw(t, "medium")
		got := p.Rate(m)
		if got.Unthrottled() {
			if within(p.DownstreamMbps, p.OverheadPercent, m) || within(p.UpstreamMbps, p.OverheadPercent, m) {
				t.Fatalf("%+v on %s is unthrottled although a limit fits", p, m)
			}
			return
		}
		for _, d := range []struct {
			sold *int
			set  int
		}{{p.DownstreamMbps, got.DownMbps}, {p.UpstreamMbps, got.UpMbps}} {
			if d.set < MinRateMbps || d.set > MaxRate(m) {
				t.Fatalf("limiter %d is outside the range of %s", d.set, m)
			}
			if !within(d.sold, p.OverheadPercent, m) {
				if d.set != MaxRate(m) {
					t.Fatalf("unlimited direction got %d, want the highest of %s", d.set, m)
				}
				continue
			}
			want := big.NewRat(int64(*d.sold)*int64(100+p.OverheadPercent), 100)
			if big.NewRat(int64(d.set), 1).Cmp(want) < 0 || big.NewRat(int64(d.set)-1, 1).Cmp(want) >= 0 {
				t.Fatalf("sold %d with %d %%: limiter %d is not the next whole number", *d.sold, p.OverheadPercent, d.set)
			}
		}
	})
}

// within reports whether a sold rate with its overhead fits a medium's limiter.
func within(sold *int, overhead int, m Medium) bool {
	return sold != nil && *sold*(100+overhead) <= MaxRate(m)*100
}

func TestPlanIsValidated(t *testing.T) {
	good := Plan{Name: "Home 100", DownstreamMbps: ptr(100), UpstreamMbps: ptr(20), OverheadPercent: 7}
	with := func(change func(*Plan)) Plan { p := good; change(&p); return p }
	for _, c := range []struct {
		about string
		p     Plan
		bad   map[string]string
	}{
		{"good", good, nil},
		{"no name", with(func(p *Plan) { p.Name = "" }), map[string]string{"name": "name_empty"}},
		{"name of 63", with(func(p *Plan) { p.Name = strings.Repeat("n", 63) }), nil},
		{"name of 64", with(func(p *Plan) { p.Name = strings.Repeat("n", 64) }), map[string]string{"name": "name_too_long"}},
		{"unthrottled", with(func(p *Plan) { p.DownstreamMbps, p.UpstreamMbps = nil, nil }), nil},
		{"lowest", with(func(p *Plan) { p.DownstreamMbps = ptr(10) }), nil},
		{"below", with(func(p *Plan) { p.DownstreamMbps = ptr(9) }), map[string]string{"downstream_mbps": "rate_out_of_range"}},
		{"zero is not unthrottled", with(func(p *Plan) { p.UpstreamMbps = ptr(0) }), map[string]string{"upstream_mbps": "rate_out_of_range"}},
		{"highest", with(func(p *Plan) { p.UpstreamMbps = ptr(1999) }), nil},
		{"above", with(func(p *Plan) { p.UpstreamMbps = ptr(2000) }), map[string]string{"upstream_mbps": "rate_out_of_range"}},
		{"overhead 0", with(func(p *Plan) { p.OverheadPercent = 0 }), nil},
		{"overhead 30", with(func(p *Plan) { p.OverheadPercent = 30 }), nil},
		{"overhead 31", with(func(p *Plan) { p.OverheadPercent = 31 }), map[string]string{"overhead_percent": "overhead_out_of_range"}},
		{"overhead -1", with(func(p *Plan) { p.OverheadPercent = -1 }), map[string]string{"overhead_percent": "overhead_out_of_range"}},
		{
			"everything wrong at once", Plan{DownstreamMbps: ptr(-1), UpstreamMbps: ptr(1 << 30), OverheadPercent: 1000},
			map[string]string{"name": "name_empty", "downstream_mbps": "rate_out_of_range", "upstream_mbps": "rate_out_of_range", "overhead_percent": "overhead_out_of_range"},
		},
	} {
		wantFields(t, c.p.Validate(), c.about, c.bad)
	}
}

func TestProfileSlots(t *testing.T) {
	if MaxProfiles != 15 || UsableProfiles != 14 || DefaultProfileID != 1 {
		t.Errorf("slots %d, usable %d, default %d; the reference has 15, 14, 1", MaxProfiles, UsableProfiles, DefaultProfileID)
	}
}
