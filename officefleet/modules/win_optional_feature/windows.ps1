# win_optional_feature: features through DISM.

function Read-State($Arguments) {
    $features = @($Arguments.name | ForEach-Object {
            $found = Get-WindowsOptionalFeature -Online -FeatureName $_ -ErrorAction SilentlyContinue
            $word = $null
            if ($null -ne $found) {
                $word = $found.State.ToString()
            }
            @{ name = $_; state = $word }
        })
    return @{ features = $features }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'enable' {
            $values = @{ FeatureName = [string]$Change.path; All = [bool]$Change.include_parent }
            if ($Change.source) {
                $values['Source'] = [string]$Change.source
                $values['LimitAccess'] = $true
            }
            $done = Enable-WindowsOptionalFeature -Online -NoRestart @values -ErrorAction Stop
        }
        'disable' {
            $done = Disable-WindowsOptionalFeature -Online -NoRestart -FeatureName $Change.path -ErrorAction Stop
        }
    }
    # only a yes is told: a later change of the same task must not take it back
    if ($done.RestartNeeded) {
        return @{ reboot_required = $true }
    }
}
