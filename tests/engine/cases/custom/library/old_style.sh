#!/bin/sh
. "$1"
echo "{\"changed\": false, \"word\": \"$word\", \"more\": \"$more\"}"
