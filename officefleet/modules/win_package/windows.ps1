# win_package: finds a product in the registry, runs its installer.
# https://learn.microsoft.com/windows/win32/msi/uninstall-registry-key

function Get-UninstallEntry([string]$Id) {
    $places = @(
        'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\'
        'HKLM:\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall\'
        'HKCU:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\'
    )
    foreach ($place in $places) {
        $key = $place + $Id
        $open = Open-RegistryKey $key
        if ($null -ne $open) {
            $open.Close()
            return @{
                name = [string](Get-RegistryData $key 'DisplayName')
                version = [string](Get-RegistryData $key 'DisplayVersion')
                uninstall = [Environment]::ExpandEnvironmentVariables([string](Get-RegistryData $key 'UninstallString'))
                quiet_uninstall = [Environment]::ExpandEnvironmentVariables([string](Get-RegistryData $key 'QuietUninstallString'))
                windows_installer = ([int](Get-RegistryData $key 'WindowsInstaller') -eq 1)
            }
        }
    }
    return $null
}

function Get-MsiCode([string]$Path) {
    # The product code of an MSI file: https://learn.microsoft.com/windows/win32/msi/installer-opendatabase
    $installer = New-Object -ComObject WindowsInstaller.Installer -ErrorAction Stop
    try {
        # 0 opens for reading
        $database = $installer.GetType().InvokeMember('OpenDatabase', 'InvokeMethod', $null, $installer, @($Path, 0))
        $query = "SELECT Value FROM Property WHERE Property = 'ProductCode'"
        $view = $database.GetType().InvokeMember('OpenView', 'InvokeMethod', $null, $database, @($query))
        $view.GetType().InvokeMember('Execute', 'InvokeMethod', $null, $view, $null) | Out-Null
        $record = $view.GetType().InvokeMember('Fetch', 'InvokeMethod', $null, $view, $null)
        $code = [string]$record.GetType().InvokeMember('StringData', 'GetProperty', $null, $record, @(1))
        $view.GetType().InvokeMember('Close', 'InvokeMethod', $null, $view, $null) | Out-Null
        return $code
    }
    finally {
        [System.Runtime.InteropServices.Marshal]::FinalReleaseComObject($installer) | Out-Null
    }
}

function Read-State($Arguments) {
    $path = [string]$Arguments.path
    $file = $false
    $code = $null
    if ($path -and $path -notmatch '^(?i)(https?|ftp)://') {
        $path = Expand-Path $path
        $file = [System.IO.File]::Exists($path)
        if ($file -and $path.ToLowerInvariant().EndsWith('.msi') -and $Arguments.provider -ne 'registry') {
            $code = Get-MsiCode $path
        }
    }
    $id = $code
    if (-not $id) { $id = $Arguments.product_id }
    $entry = $null
    if ($id) { $entry = Get-UninstallEntry $id }
    $creates = @{ path = $null; version = $null; service = $null }
    if ($Arguments.creates_path) {
        $place = Expand-Path $Arguments.creates_path
        $creates['path'] = (Get-PathKind $place) -ne 'absent'
        if ($Arguments.creates_version -and [System.IO.File]::Exists($place)) {
            $creates['version'] = [string][System.Diagnostics.FileVersionInfo]::GetVersionInfo($place).FileVersion
        }
    }
    if ($Arguments.creates_service) {
        $creates['service'] = $null -ne (Get-Service -Name $Arguments.creates_service -ErrorAction SilentlyContinue)
    }
    return @{ file = $file; msi_code = $code; product_id = $id; entry = $entry; creates = $creates }
}

function Assert-Installer([string]$Path, $Change) {
    if ($Change.checksum) {
        $found = Get-FileDigest $Path $Change.checksum_algorithm
        if ($found -ne ([string]$Change.checksum).ToLowerInvariant()) {
            Stop-Module 'the installer does not have the expected checksum' @{ checksum = $found; expected_checksum = $Change.checksum }
        }
    }
    if ($Change.verify_signature) {
        $signature = Get-AuthenticodeSignature -LiteralPath $Path -ErrorAction Stop
        if ($signature.Status -ne 'Valid') {
            Stop-Module ('the installer is not validly signed: ' + $signature.Status.ToString())
        }
    }
}

function Get-Installer($Change) {
    # The path of the file to run, downloaded when need be
    if (-not $Change.url) {
        return Expand-Path $Change.file
    }
    $name = [System.IO.Path]::GetFileName(([Uri]$Change.file).AbsolutePath)
    $path = [System.IO.Path]::Combine($Context.Folder, $name)
    Save-Url $Change.file $path $Change.options | Out-Null
    return $path
}

function Wait-Child([int]$Parent) {
    # Waits for the processes that a finished one has left behind
    do {
        $left = @(Get-CimInstance -ClassName Win32_Process -Filter ('ParentProcessId=' + $Parent) -ErrorAction SilentlyContinue)
        if ($left.Count -gt 0) {
            Start-Sleep -Milliseconds 500 -ErrorAction Stop
        }
    } while ($left.Count -gt 0)
}

function Invoke-Installer([string]$File, [string]$Line, $Change) {
    $options = @{}
    if ($Change.chdir) { $options['Directory'] = Expand-Path $Change.chdir }
    if ($Context.Timeout -gt 0) { $options['Timeout'] = $Context.Timeout }
    $done = Invoke-Program $File $Line $options
    if ($Change.wait_for_children -and $done.pid) {
        Wait-Child ([int]$done.pid)
    }
    $known = @{ rc = $done.rc; stdout = $done.stdout; stderr = $done.stderr; reboot_required = (@(3010, 1641) -contains $done.rc) }
    if (@($Change.codes) -notcontains $done.rc) {
        Stop-Module ('the installer ended with code ' + $done.rc) $known
    }
    return $known
}

function Invoke-Msi([string]$Verb, [string]$Target, $Change) {
    $log = $Change.log_path
    if (-not $log) { $log = [System.IO.Path]::Combine($Context.Folder, 'msi.log') }
    $line = $Verb + ' ' + (ConvertTo-Word $Target) + ' /qn /norestart /l*v ' + (ConvertTo-Word (Expand-Path $log))
    if ($Change.line) { $line += ' ' + $Change.line }
    return Invoke-Installer ([System.IO.Path]::Combine($env:SystemRoot, 'System32', 'msiexec.exe')) $line $Change
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'install' {
            $file = Get-Installer $Change
            Assert-Installer $file $Change
            if ($Change.msi) {
                return Invoke-Msi '/i' $file $Change
            }
            return Invoke-Installer $file ([string]$Change.line) $Change
        }
        'uninstall' {
            if ($Change.msi) {
                return Invoke-Msi '/x' $Change.file $Change
            }
            return Invoke-Installer (Expand-Path $Change.file) ([string]$Change.line) $Change
        }
    }
}
