# win_reg_stat: reads one key.

function Read-State($Arguments) {
    $key = Open-RegistryKey $Arguments.path
    if ($null -eq $key) {
        return @{ key = $false; entries = @(); sub_keys = @() }
    }
    try {
        $entries = @($key.GetValueNames() | Sort-Object | ForEach-Object {
                $entry = Get-RegistryEntry $key $_
                $expanded = $null
                if ($entry.type -eq 'expandstring') {
                    $expanded = [Environment]::ExpandEnvironmentVariables($entry.data)
                }
                @{ name = $_; type = $entry.type; data = $entry.data; expanded = $expanded }
            })
        return @{ key = $true; entries = $entries; sub_keys = @($key.GetSubKeyNames() | Sort-Object) }
    }
    finally {
        $key.Close()
    }
}
