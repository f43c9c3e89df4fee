# win_power_plan: plans from CIM, chosen by GUID.
# https://learn.microsoft.com/previous-versions/windows/desktop/powerwmiprov/win32-powerplan

function Read-State($Arguments) {
    $plans = @(Get-CimInstance -Namespace 'root\cimv2\power' -ClassName Win32_PowerPlan -ErrorAction Stop |
            Sort-Object -Property InstanceID |
            ForEach-Object {
                $guid = ([string]$_.InstanceID -replace '^.*\{', '' -replace '\}.*$', '').ToLowerInvariant()
                @{ guid = $guid; name = [string]$_.ElementName; active = [bool]$_.IsActive }
            })
    return @{ plans = $plans }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'activate' {
            Invoke-Tool 'powercfg.exe' ('/setactive ' + $Change.path) | Out-Null
        }
    }
}
