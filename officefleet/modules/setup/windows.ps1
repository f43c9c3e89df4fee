# setup: what CIM, the registry and .NET tell of the host; names and shapes are given elsewhere.
# https://learn.microsoft.com/windows/win32/cimwin32prov/computer-system-hardware-classes

function Read-Clock {
    $now = [DateTime]::Now
    $utc = $now.ToUniversalTime()
    $plain = [Globalization.CultureInfo]::InvariantCulture
    return @{
        date = $now.ToString('yyyy-MM-dd', $plain); time = $now.ToString('HH:mm:ss', $plain)
        year = $now.ToString('yyyy', $plain); month = $now.ToString('MM', $plain); day = $now.ToString('dd', $plain)
        hour = $now.ToString('HH', $plain); minute = $now.ToString('mm', $plain); second = $now.ToString('ss', $plain)
        weekday = $now.ToString('dddd', $plain); iso8601 = $utc.ToString('yyyy-MM-ddTHH:mm:ssZ', $plain)
        iso8601_basic = $now.ToString('yyyyMMddTHHmmssffffff', $plain); iso8601_basic_short = $now.ToString('yyyyMMddTHHmmss', $plain)
        iso8601_micro = $utc.ToString('yyyy-MM-ddTHH:mm:ss.ffffffZ', $plain); epoch = [string][long](ConvertTo-UnixTime $now)
        tz = [TimeZoneInfo]::Local.Id; tz_offset = $now.ToString('zzz', $plain).Replace(':', '')
    }
}

function Test-RebootPending {
    # https://learn.microsoft.com/windows/win32/wua_sdk/ and the servicing stack leave these keys
    foreach ($path in @('HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending',
            'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired')) {
        $key = Open-RegistryKey $path
        if ($null -ne $key) {
            $key.Close()
            return $true
        }
    }
    $renames = Get-RegistryData 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager' 'PendingFileRenameOperations'
    return @($renames | Where-Object { $_ }).Count -gt 0
}

function Read-Interface {
    $found = @(Get-CimInstance -ClassName Win32_NetworkAdapterConfiguration -Filter 'IPEnabled=True' -ErrorAction Stop)
    return @($found | Sort-Object -Property InterfaceIndex | ForEach-Object {
            @{
                connection_name = [string]$_.Description; default_gateway = [string]@($_.DefaultIPGateway)[0]
                interface_index = [int]$_.InterfaceIndex; interface_name = [string]$_.Description; macaddress = [string]$_.MACAddress
                dns_domain = $_.DNSDomain; addresses = @($_.IPAddress | Where-Object { $_ })
                dhcp = [bool]$_.DHCPEnabled; dns_servers = @($_.DNSServerSearchOrder | Where-Object { $_ })
            }
        })
}

function Read-User {
    $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
    $name = $identity.Name.Split('\')[-1]
    $account = Get-CimInstance -ClassName Win32_UserAccount -Filter ("LocalAccount=True AND SID='" + $identity.User.Value + "'") -ErrorAction SilentlyContinue
    $full = ''
    if ($null -ne $account) { $full = [string]$account.FullName }
    return @{ name = $name; sid = $identity.User.Value; full_name = $full; folder = [string]$env:USERPROFILE }
}

function Get-MachineSid {
    # the machine's SID is that of its local accounts without the last part
    $account = @(Get-CimInstance -ClassName Win32_UserAccount -Filter 'LocalAccount=True' -ErrorAction SilentlyContinue)[0]
    if ($null -eq $account) {
        return $null
    }
    return ([string]$account.SID) -replace '-\d+$', ''
}

function Read-State($Arguments) {
    $system = Get-CimInstance -ClassName Win32_OperatingSystem -ErrorAction Stop
    $computer = Get-CimInstance -ClassName Win32_ComputerSystem -ErrorAction Stop
    $bios = @(Get-CimInstance -ClassName Win32_BIOS -ErrorAction Stop)[0]
    $key = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $environment = @{}
    foreach ($entry in [Environment]::GetEnvironmentVariables().GetEnumerator()) {
        $environment[[string]$entry.Key] = [string]$entry.Value
    }
    $bits = 32
    if ([Environment]::Is64BitOperatingSystem) { $bits = 64 }
    $date = ''
    if ($null -ne $bios.ReleaseDate) { $date = $bios.ReleaseDate.ToString('MM/dd/yyyy', [Globalization.CultureInfo]::InvariantCulture) }
    return @{
        clock = (Read-Clock)
        environment = $environment
        powershell = [int]$PSVersionTable.PSVersion.Major
        reboot_pending = (Test-RebootPending)
        interfaces = @(Read-Interface)
        user = (Read-User)
        os = @{
            caption = ([string]$system.Caption).Trim(); version = [string]$system.Version; bits = $bits
            machine = [string][Environment]::GetEnvironmentVariable('PROCESSOR_ARCHITECTURE', 'Machine')
            revision = [int](Get-RegistryData $key 'UBR'); edition = [string](Get-RegistryData $key 'EditionID')
            installation = [string](Get-RegistryData $key 'InstallationType'); owner = [string]$system.RegisteredUser
            product_type = [int]$system.ProductType; uptime = [long]([DateTime]::Now - $system.LastBootUpTime).TotalSeconds
            last_boot = $system.LastBootUpTime.ToString('yyyy-MM-dd HH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
        }
        computer = @{
            name = [System.Net.Dns]::GetHostName(); netbios = [string]$computer.Name; domain = [string]$computer.Domain
            member = [bool]$computer.PartOfDomain; role = [int]$computer.DomainRole; vendor = [string]$computer.Manufacturer
            model = [string]$computer.Model; sid = (Get-MachineSid)
        }
        bios = @{ version = [string]$bios.SMBIOSBIOSVersion; serial = [string]$bios.SerialNumber; date = $date }
        memory = @{
            total = [long]$computer.TotalPhysicalMemory; free_kb = [long]$system.FreePhysicalMemory; visible_kb = [long]$system.TotalVisibleMemorySize
            virtual_kb = [long]$system.TotalVirtualMemorySize; page_kb = [long]$system.SizeStoredInPagingFiles; page_free_kb = [long]$system.FreeSpaceInPagingFiles
        }
        processors = @(Get-CimInstance -ClassName Win32_Processor -ErrorAction Stop | ForEach-Object {
                @{ vendor = [string]$_.Manufacturer; name = ([string]$_.Name).Trim(); cores = [int]$_.NumberOfCores; threads = [int]$_.NumberOfLogicalProcessors }
            })
    }
}
