# win_feature: roles and features of Windows Server.
# https://learn.microsoft.com/powershell/module/servermanager/get-windowsfeature

function Read-State($Arguments) {
    # ProductType 1 is a workstation: https://learn.microsoft.com/windows/win32/cimwin32prov/win32-operatingsystem
    $system = Get-CimInstance -ClassName Win32_OperatingSystem -ErrorAction Stop
    if ([int]$system.ProductType -eq 1) {
        return @{ server = $false; features = @() }
    }
    $all = @(Get-WindowsFeature -ErrorAction Stop)
    $features = @($Arguments.name | ForEach-Object {
            $name = $_
            $one = $all | Where-Object { $_.Name -eq $name } | Select-Object -First 1
            if ($null -eq $one) {
                @{ name = $name; display_name = $null; installed = $null; missing = 0 }
            }
            else {
                $missing = @($all | Where-Object { $one.SubFeatures -contains $_.Name -and -not $_.Installed }).Count
                @{ name = $name; display_name = [string]$one.DisplayName; installed = [bool]$one.Installed; missing = $missing }
            }
        })
    return @{ server = $true; features = $features }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'install' {
            $values = @{ Name = [string]$Change.path; IncludeAllSubFeature = [bool]$Change.all; IncludeManagementTools = [bool]$Change.tools }
            if ($Change.source) {
                $values['Source'] = [string]$Change.source
            }
            $done = Install-WindowsFeature @values -ErrorAction Stop
        }
        'uninstall' {
            $done = Uninstall-WindowsFeature -Name $Change.path -IncludeManagementTools:([bool]$Change.tools) -ErrorAction Stop
        }
    }
    if (-not $done.Success) {
        Stop-Module ('the feature was not changed: ' + $Change.path) @{ exitcode = $done.ExitCode.ToString() }
    }
    # RestartNeeded is No, Yes or Maybe
    $restart = $done.RestartNeeded.ToString() -ne 'No'
    $features = @($done.FeatureResult | ForEach-Object {
            @{ id = [int]$_.Id; display_name = [string]$_.DisplayName; message = @($_.Message | ForEach-Object { [string]$_ })
                reboot_required = ($_.RestartNeeded.ToString() -ne 'No'); skip_reason = $_.SkipReason.ToString(); success = [bool]$_.Success }
        })
    $known = @{ exitcode = $done.ExitCode.ToString(); feature_result = $features }
    if ($restart) {
        # only a yes is told: a later change of the same task must not take it back
        $known['reboot_required'] = $true
    }
    return $known
}
