# win_driver: the driver store through DISM's list and pnputil.
# https://learn.microsoft.com/windows-hardware/drivers/devtest/pnputil-command-syntax

function Get-StoreDriver {
    # Third-party packages of the running system
    return @(Get-WindowsDriver -Online -ErrorAction Stop | ForEach-Object {
            @{
                published = [string]$_.Driver
                original = [System.IO.Path]::GetFileName([string]$_.OriginalFileName)
                version = [string]$_.Version
                provider = [string]$_.ProviderName
            }
        } | Sort-Object -Property { $_.published })
}

function Read-State($Arguments) {
    $files = @{}
    $signatures = @{}
    if ($Arguments.path) {
        $folder = [System.IO.Path]::GetDirectoryName((Expand-Path $Arguments.path))
        if ([System.IO.Directory]::Exists($folder)) {
            foreach ($file in @(Get-ChildItem -LiteralPath $folder -Force -ErrorAction Stop | Where-Object { -not $_.PSIsContainer })) {
                $name = $file.Name.ToLowerInvariant()
                $files[$name] = Get-FileDigest $file.FullName 'sha256'
                if ($name.EndsWith('.cat')) {
                    $signatures[$name] = (Get-AuthenticodeSignature -LiteralPath $file.FullName -ErrorAction Stop).Status.ToString()
                }
            }
        }
    }
    return @{ drivers = @(Get-StoreDriver); files = $files; signatures = $signatures }
}

function Copy-Examined($Change) {
    # A folder that nobody else writes to, with the files that were examined, checked again on their way
    $target = [System.IO.Path]::Combine($Context.Folder, 'driver')
    [System.IO.Directory]::CreateDirectory($target) | Out-Null
    $source = [System.IO.Path]::GetDirectoryName((Expand-Path $Change.path))
    foreach ($file in @(Get-ChildItem -LiteralPath $source -Force -Recurse -ErrorAction Stop | Where-Object { -not $_.PSIsContainer })) {
        $place = [System.IO.Path]::Combine($target, $file.FullName.Substring($source.TrimEnd('\').Length + 1))
        [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($place)) | Out-Null
        [System.IO.File]::Copy($file.FullName, $place, $true)
    }
    foreach ($name in @($Change.sha256.Keys)) {
        $found = Get-FileDigest ([System.IO.Path]::Combine($target, $name)) 'sha256'
        if ($found -ne $Change.sha256[$name]) {
            Stop-Module ('a file of the driver package has changed: ' + $name)
        }
    }
    return [System.IO.Path]::Combine($target, [System.IO.Path]::GetFileName((Expand-Path $Change.path)))
}

function Invoke-Change($Change) {
    # pnputil ends with 3010 when a restart is needed, with 259 when no device wanted the package:
    # https://learn.microsoft.com/windows-hardware/drivers/devtest/pnputil-return-values
    switch ($Change.op) {
        'add' {
            $line = '/add-driver ' + (ConvertTo-Word (Copy-Examined $Change))
            if ($Change.install) { $line += ' /install' }
            $done = Invoke-Tool 'pnputil.exe' $line @(0, 259, 3010, 1641)
        }
        'remove' {
            $line = '/delete-driver ' + (ConvertTo-Word $Change.path) + ' /uninstall'
            if ($Change.force) { $line += ' /force' }
            $done = Invoke-Tool 'pnputil.exe' $line @(0, 3010, 1641)
        }
    }
    $known = @{ rc = $done.rc; stdout = $done.stdout }
    if (@(3010, 1641) -contains $done.rc) {
        $known['reboot_required'] = $true
    }
    return $known
}
