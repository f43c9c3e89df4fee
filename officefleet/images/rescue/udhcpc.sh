#!/bin/sh
# What busybox udhcpc calls when it has an address.
case "$1" in
bound | renew)
	ip addr flush dev "$interface"
	ip addr add "$ip/$mask" dev "$interface"
	[ -n "$router" ] && ip route replace default via "${router%% *}" dev "$interface"
	: > /etc/resolv.conf
	for server in $dns; do echo "nameserver $server" >> /etc/resolv.conf; done
	;;
deconfig) ip addr flush dev "$interface" ;;
esac
exit 0
