# win_printer: printers, their ports and drivers through CIM's cmdlets.
# https://learn.microsoft.com/powershell/module/printmanagement/

function Read-State($Arguments) {
    $port = $null
    if ($Arguments.port) {
        $found = Get-PrinterPort -Name $Arguments.port -ErrorAction SilentlyContinue | Select-Object -First 1
        if ($null -ne $found) {
            # a local port has neither address nor number
            $port = @{ address = [string]$found.PrinterHostAddress; number = [int]$found.PortNumber }
        }
    }
    $driver = $false
    if ($Arguments.driver) {
        $driver = $null -ne (Get-PrinterDriver -Name $Arguments.driver -ErrorAction SilentlyContinue)
    }
    $printer = Get-Printer -Name $Arguments.name -ErrorAction SilentlyContinue | Select-Object -First 1
    $known = $null
    if ($null -ne $printer) {
        $known = @{
            driver = [string]$printer.DriverName
            port = [string]$printer.PortName
            shared = [bool]$printer.Shared
            share_name = [string]$printer.ShareName
            comment = [string]$printer.Comment
            location = [string]$printer.Location
        }
    }
    return @{ printer = $known; port = $port; driver = $driver }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'add_port' {
            Add-PrinterPort -Name $Change.path -PrinterHostAddress $Change.address -PortNumber ([uint32]$Change.number) -ErrorAction Stop
        }
        'create' {
            Add-Printer -Name $Change.path -DriverName $Change.driver -PortName $Change.port -ErrorAction Stop
        }
        'set' {
            $names = @{ 'driver' = 'DriverName'; 'port' = 'PortName'; 'shared' = 'Shared'; 'share_name' = 'ShareName'; 'comment' = 'Comment'; 'location' = 'Location' }
            $values = @{}
            foreach ($name in @($names.Keys)) {
                if ($Change.set.ContainsKey($name)) {
                    $values[$names[$name]] = $Change.set[$name]
                }
            }
            Set-Printer -Name $Change.path @values -ErrorAction Stop
        }
        'remove' {
            Remove-Printer -Name $Change.path -ErrorAction Stop
        }
    }
}
