package handlers

import "net/netip"

// clientOf is whom limits count by: the address itself, or of IPv6 its /64, since one subscriber has a whole one. What is no address stays
// as it is.
func clientOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64) // 64 is in range for IPv6
		return p.String()
	}
	return a.String()
}
