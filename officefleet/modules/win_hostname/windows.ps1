# win_hostname: the names now and after a restart stand side by side in the registry.
# https://learn.microsoft.com/windows/win32/cimwin32prov/rename-method-in-class-win32-computersystem

function Read-State($Arguments) {
    $place = 'HKLM:\SYSTEM\CurrentControlSet\Control\ComputerName\'
    return @{
        active = [string](Get-RegistryData ($place + 'ActiveComputerName') 'ComputerName')
        pending = [string](Get-RegistryData ($place + 'ComputerName') 'ComputerName')
    }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'rename' {
            $system = Get-CimInstance -ClassName Win32_ComputerSystem -ErrorAction Stop
            $outcome = Invoke-CimMethod -InputObject $system -MethodName Rename -Arguments @{ Name = $Change.path } -ErrorAction Stop
            if ([int]$outcome.ReturnValue -ne 0) {
                Stop-Module ('renaming failed with code ' + $outcome.ReturnValue) @{ rc = [int]$outcome.ReturnValue }
            }
        }
    }
}
