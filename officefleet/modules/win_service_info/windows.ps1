# win_service_info: every fact of the services that fit a name.
# https://learn.microsoft.com/windows/win32/cimwin32prov/win32-service

function Read-Service($Service) {
    $key = 'HKLM:\SYSTEM\CurrentControlSet\Services\' + $Service.Name
    $states = @{ 'Running' = 'started'; 'Stopped' = 'stopped'; 'Paused' = 'paused'; 'Start Pending' = 'start_pending'
        'Stop Pending' = 'stop_pending'; 'Continue Pending' = 'continue_pending'; 'Pause Pending' = 'pause_pending' }
    $dependents = @(Get-Service -Name $Service.Name -ErrorAction SilentlyContinue |
            ForEach-Object { $_.DependentServices } | ForEach-Object { $_.Name } | Sort-Object)
    return @{
        name = [string]$Service.Name
        display_name = [string]$Service.DisplayName
        description = [string]$Service.Description
        state = $states[[string]$Service.State]
        start = [int](Get-RegistryData $key 'Start')
        delayed = ([int](Get-RegistryData $key 'DelayedAutostart') -eq 1)
        path = [string]$Service.PathName
        username = [string]$Service.StartName
        process_id = [int]$Service.ProcessId
        type = [int](Get-RegistryData $key 'Type')
        error_control = [int](Get-RegistryData $key 'ErrorControl')
        sid_type = [int](Get-RegistryData $key 'ServiceSidType')
        load_order_group = [string](Get-RegistryData $key 'Group')
        dependencies = @(Get-RegistryData $key 'DependOnService' | Where-Object { $_ })
        dependency_of = @($dependents)
        required_privileges = @(Get-RegistryData $key 'RequiredPrivileges' | Where-Object { $_ })
        pre_shutdown_timeout_ms = (Get-RegistryData $key 'PreshutdownTimeout')
        failure_bytes = @(Get-RegistryData $key 'FailureActions' | Where-Object { $null -ne $_ })
        failure_command = [string](Get-RegistryData $key 'FailureCommand')
        failure_reboot_msg = [string](Get-RegistryData $key 'RebootMessage')
        failure_flag = ([int](Get-RegistryData $key 'FailureActionsOnNonCrashFailures') -eq 1)
    }
}

function Read-State($Arguments) {
    $wanted = '*'
    if ($Arguments.name) {
        $wanted = [string]$Arguments.name
    }
    $all = @(Get-CimInstance -ClassName Win32_Service -ErrorAction Stop |
            Where-Object { $_.Name -like $wanted -or $_.DisplayName -like $wanted } |
            Sort-Object -Property Name)
    return @{ services = @($all | ForEach-Object { Read-Service $_ }) }
}
