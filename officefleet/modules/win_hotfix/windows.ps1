# win_hotfix: packages through DISM. An .msu is unpacked first: wusa.exe refuses to work over remote connections.
# https://learn.microsoft.com/troubleshoot/windows-server/system-management-components/error-install-updates-using-winrm-winrs

function Read-State($Arguments) {
    $source = $false
    if ($Arguments.source) {
        $source = [System.IO.File]::Exists((Expand-Path $Arguments.source))
    }
    $packages = @(Get-WindowsPackage -Online -ErrorAction Stop |
            Where-Object { $_.PackageName -like 'Package_for_*' } |
            Sort-Object -Property PackageName |
            ForEach-Object { @{ name = [string]$_.PackageName; state = $_.PackageState.ToString() } })
    $updates = @(Get-CimInstance -ClassName Win32_QuickFixEngineering -ErrorAction Stop | ForEach-Object { [string]$_.HotFixID } | Sort-Object)
    return @{ source = $source; packages = $packages; updates = $updates }
}

function Expand-Update([string]$Path) {
    # The .cab files of an .msu, those first on which others may build
    $folder = [System.IO.Path]::Combine($Context.Folder, 'msu')
    [System.IO.Directory]::CreateDirectory($folder) | Out-Null
    Invoke-Tool 'expand.exe' ('-f:*.cab ' + (ConvertTo-Word $Path) + ' ' + (ConvertTo-Word $folder)) | Out-Null
    $all = @(Get-ChildItem -LiteralPath $folder -Filter '*.cab' -ErrorAction Stop | Where-Object { $_.Name -ne 'WSUSSCAN.cab' })
    return @($all | Sort-Object -Property @({ -not $_.Name.StartsWith('SSU') }, 'Name') | ForEach-Object { $_.FullName })
}

function Invoke-Change($Change) {
    $restart = $false
    switch ($Change.op) {
        'install' {
            $path = Expand-Path $Change.source
            $files = @($path)
            if ($path.ToLowerInvariant().EndsWith('.msu')) {
                $files = @(Expand-Update $path)
            }
            foreach ($file in $files) {
                $done = Add-WindowsPackage -Online -NoRestart -PackagePath $file -ErrorAction Stop
                if ($done.RestartNeeded) { $restart = $true }
            }
        }
        'uninstall' {
            foreach ($name in @($Change.packages)) {
                $done = Remove-WindowsPackage -Online -NoRestart -PackageName $name -ErrorAction Stop
                if ($done.RestartNeeded) { $restart = $true }
            }
        }
    }
    return @{ reboot_required = $restart }
}
