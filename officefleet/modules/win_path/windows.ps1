# win_path: a list of folders, unexpanded, in the registry.

function Get-PathKey([string]$Scope) {
    if ($Scope -eq 'user') {
        return 'HKCU:\Environment'
    }
    return 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
}

function Read-State($Arguments) {
    return @{ value = (Get-RegistryData (Get-PathKey $Arguments.scope) $Arguments.name) }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'set' {
            Set-RegistryEntry (Get-PathKey $Change.scope) $Change.path 'expandstring' $Change.value
            # setting and removing any variable makes .NET tell open programs; System.Environment itself would
            # write PATH as a plain string, in which %SystemRoot% is no longer replaced
            $target = [EnvironmentVariableTarget]$Change.scope
            $name = 'OF' + [Guid]::NewGuid().ToString('N')
            [Environment]::SetEnvironmentVariable($name, '1', $target)
            [Environment]::SetEnvironmentVariable($name, '', $target)
        }
    }
}
