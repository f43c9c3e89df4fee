# win_service: CIM's Win32_Service for what it can set, sc.exe for the rest, the registry for what neither tells.
# https://learn.microsoft.com/windows/win32/cimwin32prov/win32-service
# https://learn.microsoft.com/windows-server/administration/windows-commands/sc-config

function Get-ServiceKey([string]$Name) {
    return 'HKLM:\SYSTEM\CurrentControlSet\Services\' + $Name
}

function Get-ServiceObject([string]$Name) {
    $quoted = $Name.Replace('\', '\\').Replace("'", "\'")
    return Get-CimInstance -ClassName Win32_Service -Filter ("Name='" + $quoted + "'") -ErrorAction Stop
}

function Read-ServiceExtras([string]$Name) {
    # what only the registry tells
    $key = Get-ServiceKey $Name
    $kinds = @{ '16' = 'win32_own_process'; '32' = 'win32_share_process'; '80' = 'user_own_process'; '96' = 'user_share_process' }
    $type = [int](Get-RegistryData $key 'Type')
    $sids = @{ '0' = 'none'; '1' = 'unrestricted'; '3' = 'restricted' }
    return @{
        service_type = $kinds[[string]($type -band (-bnot 256))]
        delayed = ([int](Get-RegistryData $key 'DelayedAutostart') -eq 1)
        sid_info = $sids[[string][int](Get-RegistryData $key 'ServiceSidType')]
        load_order_group = [string](Get-RegistryData $key 'Group')
        dependencies = @(Get-RegistryData $key 'DependOnService' | Where-Object { $_ })
        required_privileges = @(Get-RegistryData $key 'RequiredPrivileges' | Where-Object { $_ })
        pre_shutdown_timeout_ms = (Get-RegistryData $key 'PreshutdownTimeout')
        failure_bytes = @(Get-RegistryData $key 'FailureActions' | Where-Object { $null -ne $_ })
        failure_command = [string](Get-RegistryData $key 'FailureCommand')
        failure_reboot_msg = [string](Get-RegistryData $key 'RebootMessage')
        failure_flag = ([int](Get-RegistryData $key 'FailureActionsOnNonCrashFailures') -eq 1)
    }
}

function ConvertTo-ServiceSid([string]$Account) {
    # LocalSystem has no name that Windows translates in every language
    if (-not $Account) {
        return $null
    }
    return ConvertTo-Sid $Account
}

function Read-State($Arguments) {
    $service = Get-ServiceObject $Arguments.name
    $wanted = ConvertTo-ServiceSid ([string]$Arguments.username)
    if (-not $Arguments.username) {
        $wanted = 'S-1-5-18'
    }
    if ($null -eq $service) {
        return @{
            exists = $false; state = $null; wanted_sid = $wanted; username_sid = $null; display_name = $null
            description = ''; start_mode = $null; path = $null; username = $null; can_pause_and_continue = $false
            desktop_interact = $false; error_control = $null; service_type = $null; sid_info = 'none'
            load_order_group = ''; dependencies = @(); required_privileges = @(); pre_shutdown_timeout_ms = $null
            failure_bytes = @(); failure_command = ''; failure_reboot_msg = ''
            failure_actions_on_non_crash_failure = $false; depended_by = @()
        }
    }
    $extras = Read-ServiceExtras $service.Name
    $states = @{ 'Running' = 'running'; 'Stopped' = 'stopped'; 'Paused' = 'paused'; 'Start Pending' = 'start_pending'
        'Stop Pending' = 'stop_pending'; 'Continue Pending' = 'continue_pending'; 'Pause Pending' = 'pause_pending' }
    $modes = @{ 'Auto' = 'auto'; 'Manual' = 'manual'; 'Disabled' = 'disabled'; 'Boot' = 'boot'; 'System' = 'system' }
    $mode = $modes[[string]$service.StartMode]
    if ($mode -eq 'auto' -and $extras.delayed) {
        $mode = 'delayed'
    }
    $dependents = @(Get-Service -Name $service.Name -ErrorAction Stop |
            ForEach-Object { $_.DependentServices } | ForEach-Object { $_.Name } | Sort-Object)
    return @{
        exists = $true
        state = $states[[string]$service.State]
        wanted_sid = $wanted
        username_sid = (ConvertTo-ServiceSid ([string]$service.StartName))
        display_name = [string]$service.DisplayName
        description = [string]$service.Description
        start_mode = $mode
        path = [string]$service.PathName
        username = [string]$service.StartName
        can_pause_and_continue = [bool]$service.AcceptPause
        desktop_interact = [bool]$service.DesktopInteract
        error_control = ([string]$service.ErrorControl).ToLowerInvariant()
        service_type = $extras.service_type
        sid_info = $extras.sid_info
        load_order_group = $extras.load_order_group
        dependencies = @($extras.dependencies)
        required_privileges = @($extras.required_privileges)
        pre_shutdown_timeout_ms = $extras.pre_shutdown_timeout_ms
        failure_bytes = @($extras.failure_bytes)
        failure_command = $extras.failure_command
        failure_reboot_msg = $extras.failure_reboot_msg
        failure_actions_on_non_crash_failure = $extras.failure_flag
        depended_by = @($dependents)
    }
}

function Assert-ServiceCall($Outcome, [string]$What) {
    # CIM's methods tell failures by number
    if ([int]$Outcome.ReturnValue -ne 0) {
        Stop-Module ($What + ' failed with code ' + $Outcome.ReturnValue) @{ rc = [int]$Outcome.ReturnValue }
    }
}

function Get-TypeNumber([string]$Type) {
    $numbers = @{ 'win32_own_process' = 16; 'win32_share_process' = 32; 'user_own_process' = 80; 'user_share_process' = 96 }
    return [byte]$numbers[$Type]
}

function Get-AccountName([string]$Account) {
    # the spellings that the service manager takes for its three own accounts
    $names = @{ 'S-1-5-18' = 'LocalSystem'; 'S-1-5-19' = 'NT AUTHORITY\LocalService'; 'S-1-5-20' = 'NT AUTHORITY\NetworkService' }
    $sid = ConvertTo-Sid $Account
    if ($sid -and $names.ContainsKey($sid)) {
        return $names[$sid]
    }
    return $Account
}

function Get-StartModeName([string]$Mode) {
    $names = @{ 'auto' = 'Automatic'; 'delayed' = 'Automatic'; 'manual' = 'Manual'; 'disabled' = 'Disabled' }
    return $names[$Mode]
}

function Get-ErrorControlNumber([string]$Word) {
    $numbers = @{ 'ignore' = 0; 'normal' = 1; 'severe' = 2; 'critical' = 3 }
    return [byte]$numbers[$Word]
}

function New-ServiceFrom($Change) {
    $values = @{
        Name = $Change.path_name
        DisplayName = $Change.display_name
        PathName = $Change.binary
        ServiceType = (Get-TypeNumber $Change.service_type)
        ErrorControl = (Get-ErrorControlNumber $Change.error_control)
        StartMode = (Get-StartModeName $Change.start_mode)
        DesktopInteract = $false
        StartName = (Get-AccountName $Change.username)
    }
    if ($null -ne $Change.password) {
        $values['StartPassword'] = [string]$Change.password
    }
    $outcome = Invoke-CimMethod -ClassName Win32_Service -MethodName Create -Arguments $values -ErrorAction Stop
    Assert-ServiceCall $outcome 'making the service'
    if ($Change.start_mode -eq 'delayed') {
        Invoke-Tool 'sc.exe' ('config ' + (ConvertTo-Word $Change.path_name) + ' start= delayed-auto') | Out-Null
    }
}

function Set-ServiceFrom($Change) {
    $set = $Change.set
    $values = @{}
    if ($set.ContainsKey('display_name')) { $values['DisplayName'] = [string]$set.display_name }
    if ($set.ContainsKey('path')) { $values['PathName'] = [string]$set.path }
    if ($set.ContainsKey('service_type') -or $set.ContainsKey('desktop_interact')) {
        $values['ServiceType'] = (Get-TypeNumber $Change.type)
    }
    if ($set.ContainsKey('error_control')) { $values['ErrorControl'] = (Get-ErrorControlNumber $set.error_control) }
    if ($set.ContainsKey('start_mode')) { $values['StartMode'] = (Get-StartModeName $set.start_mode) }
    if ($set.ContainsKey('desktop_interact')) { $values['DesktopInteract'] = [bool]$set.desktop_interact }
    if ($set.ContainsKey('username')) { $values['StartName'] = (Get-AccountName $set.username) }
    if ($null -ne $Change.password) { $values['StartPassword'] = [string]$Change.password }
    if ($values.Count -gt 0) {
        $service = Get-ServiceObject $Change.path
        $outcome = Invoke-CimMethod -InputObject $service -MethodName Change -Arguments $values -ErrorAction Stop
        Assert-ServiceCall $outcome 'changing the service'
    }
    $name = ConvertTo-Word $Change.path
    if ($set.ContainsKey('start_mode')) {
        # CIM knows no delayed start; "auto" takes the delay away again
        $words = @{ 'auto' = 'auto'; 'delayed' = 'delayed-auto'; 'manual' = 'demand'; 'disabled' = 'disabled' }
        Invoke-Tool 'sc.exe' ('config ' + $name + ' start= ' + $words[[string]$set.start_mode]) | Out-Null
    }
    if ($set.ContainsKey('dependencies')) {
        $all = @($set.dependencies) -join '/'
        if (-not $all) { $all = '/' }
        Invoke-Tool 'sc.exe' ('config ' + $name + ' depend= ' + (ConvertTo-Word $all)) | Out-Null
    }
    if ($set.ContainsKey('load_order_group')) {
        Invoke-Tool 'sc.exe' ('config ' + $name + ' group= ' + (ConvertTo-Word ([string]$set.load_order_group))) | Out-Null
    }
    if ($set.ContainsKey('description')) {
        Invoke-Tool 'sc.exe' ('description ' + $name + ' ' + (ConvertTo-Word ([string]$set.description))) | Out-Null
    }
    if ($set.ContainsKey('sid_info')) {
        Invoke-Tool 'sc.exe' ('sidtype ' + $name + ' ' + $set.sid_info) | Out-Null
    }
    if ($set.ContainsKey('required_privileges')) {
        $all = @($set.required_privileges) -join '/'
        Invoke-Tool 'sc.exe' ('privs ' + $name + ' ' + (ConvertTo-Word $all)) | Out-Null
    }
    if ($set.ContainsKey('pre_shutdown_timeout_ms')) {
        # no tool sets it; the service manager reads it when it starts with the machine
        Set-RegistryEntry (Get-ServiceKey $Change.path) 'PreshutdownTimeout' 'dword' $set.pre_shutdown_timeout_ms
    }
}

function Set-FailureFrom($Change) {
    $set = $Change.set
    $name = ConvertTo-Word $Change.path
    if ($set.ContainsKey('failure_actions_on_non_crash_failure')) {
        Invoke-Tool 'sc.exe' ('failureflag ' + $name + ' ' + [int][bool]$set.failure_actions_on_non_crash_failure) | Out-Null
    }
    $line = ''
    if ($set.ContainsKey('failure_actions') -or $set.ContainsKey('failure_reset_period_sec')) {
        # sc.exe knows restart, run, reboot and, for none, an empty word
        $words = @{ 'restart' = 'restart'; 'run_command' = 'run'; 'reboot' = 'reboot'; 'none' = '' }
        $all = @($Change.failure_actions | ForEach-Object { $words[[string]$_.type] + '/' + [string]$_.delay_ms }) -join '/'
        $period = [string]$Change.failure_reset_period_sec
        if ([long]$Change.failure_reset_period_sec -eq 4294967295) { $period = 'INFINITE' }
        $line += ' reset= ' + $period + ' actions= ' + (ConvertTo-Word $all)
    }
    if ($set.ContainsKey('failure_command')) {
        $line += ' command= ' + (ConvertTo-Word ([string]$set.failure_command))
    }
    if ($set.ContainsKey('failure_reboot_msg')) {
        $line += ' reboot= ' + (ConvertTo-Word ([string]$set.failure_reboot_msg))
    }
    if ($line) {
        Invoke-Tool 'sc.exe' ('failure ' + $name + $line) | Out-Null
    }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'create' {
            New-ServiceFrom $Change
        }
        'configure' {
            Set-ServiceFrom $Change
        }
        'failure' {
            Set-FailureFrom $Change
        }
        'remove' {
            $outcome = Invoke-CimMethod -InputObject (Get-ServiceObject $Change.path) -MethodName Delete -ErrorAction Stop
            Assert-ServiceCall $outcome 'removing the service'
        }
        'control' {
            $force = [bool]$Change.force
            switch ($Change.verb) {
                'start' {
                    Start-Service -Name $Change.path -ErrorAction Stop
                }
                'stop' {
                    Stop-Service -Name $Change.path -Force:$force -ErrorAction Stop
                }
                'restart' {
                    Restart-Service -Name $Change.path -Force:$force -ErrorAction Stop
                }
                'pause' {
                    Suspend-Service -Name $Change.path -ErrorAction Stop
                }
                'resume' {
                    Resume-Service -Name $Change.path -ErrorAction Stop
                }
            }
        }
    }
}
