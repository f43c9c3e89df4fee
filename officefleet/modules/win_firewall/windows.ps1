# win_firewall: the three profiles.
# https://learn.microsoft.com/powershell/module/netsecurity/set-netfirewallprofile

function Read-State($Arguments) {
    $found = @(Get-NetFirewallProfile -ErrorAction Stop |
            Sort-Object -Property Name |
            ForEach-Object {
                @{ name = [string]$_.Name; enabled = [int]$_.Enabled; inbound = [int]$_.DefaultInboundAction; outbound = [int]$_.DefaultOutboundAction }
            })
    return @{ profiles = $found }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'set' {
            $words = @{ 'allow' = 'Allow'; 'block' = 'Block'; 'not_configured' = 'NotConfigured'; 'enabled' = 'True'; 'disabled' = 'False' }
            $values = @{ Name = [string]$Change.path }
            if ($Change.set.ContainsKey('state')) { $values['Enabled'] = $words[[string]$Change.set.state] }
            if ($Change.set.ContainsKey('inbound_action')) { $values['DefaultInboundAction'] = $words[[string]$Change.set.inbound_action] }
            if ($Change.set.ContainsKey('outbound_action')) { $values['DefaultOutboundAction'] = $words[[string]$Change.set.outbound_action] }
            Set-NetFirewallProfile @values -ErrorAction Stop
        }
    }
}
