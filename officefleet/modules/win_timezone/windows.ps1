# win_timezone: tzutil tells and takes names that no language changes.
# https://learn.microsoft.com/windows-server/administration/windows-commands/tzutil

function Read-State($Arguments) {
    $zone = (Invoke-Tool 'tzutil.exe' '/g').stdout.Trim()
    $name = $Arguments.timezone -replace '_dstoff$', ''
    $key = Open-RegistryKey ('HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Time Zones\' + $name)
    $known = $null -ne $key
    if ($known) {
        $key.Close()
    }
    return @{ zone = $zone; known = $known }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'set' {
            Invoke-Tool 'tzutil.exe' ('/s ' + (ConvertTo-Word $Change.path)) | Out-Null
        }
    }
}
