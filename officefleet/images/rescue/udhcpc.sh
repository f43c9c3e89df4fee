#!/bin/sh
# What busybox udhcpc calls when it has an address. The poste's own address, if the overlay has one, stays on top.
own=
if [ -s /etc/rescue.conf ]; then
	. /etc/rescue.conf
	[ -n "$ADDRESS" ] && own="$ADDRESS/$PREFIX"
fi
keep_own() {
	# Only where init has put it: on the interface with the poste's own card or with a cable.
	[ -n "$own" ] && [ "$(cat /run/own-interface 2>/dev/null)" = "$interface" ] &&
		ip addr replace "$own" dev "$interface"
}
case "$1" in
bound | renew)
	if [ "$1" = bound ]; then ip addr flush dev "$interface"; fi
	ip addr replace "$ip/$mask" dev "$interface"
	keep_own
	[ -n "$router" ] && ip route replace default via "${router%% *}" dev "$interface"
	: > /etc/resolv.conf
	for server in $dns; do echo "nameserver $server" >> /etc/resolv.conf; done
	echo "$ip" > "/run/dhcp-$interface"
	;;
deconfig)
	ip addr flush dev "$interface"
	rm -f "/run/dhcp-$interface"
	keep_own
	;;
esac
exit 0
