# win_regedit: reads and sets keys and values through Microsoft.Win32.RegistryKey.
# https://learn.microsoft.com/dotnet/api/microsoft.win32.registrykey

function Use-Hive([string]$File, [scriptblock]$Work) {
    # Loads a hive file as HKLM\ANSIBLE while $Work runs
    if (-not $File) {
        return & $Work
    }
    Invoke-Tool 'reg.exe' ('load HKLM\ANSIBLE ' + (ConvertTo-Word (Expand-Path $File))) | Out-Null
    try {
        return & $Work
    }
    finally {
        # open handles hold the hive back until they are collected
        [GC]::Collect()
        [GC]::WaitForPendingFinalizers()
        Invoke-Tool 'reg.exe' 'unload HKLM\ANSIBLE' | Out-Null
    }
}

function Read-State($Arguments) {
    return Use-Hive $Arguments.hive {
        $key = Open-RegistryKey $Arguments.path
        if ($null -eq $key) {
            @{ key = $false; entry = $null }
        }
        else {
            try {
                @{ key = $true; entry = (Get-RegistryEntry $key ([string]$Arguments.name)) }
            }
            finally {
                $key.Close()
            }
        }
    }
}

function Invoke-Change($Change) {
    Use-Hive $Change.hive {
        switch ($Change.op) {
            'add_key' {
                (New-RegistryKey $Change.path).Close()
            }
            'set' {
                Set-RegistryEntry $Change.path $Change.name $Change.type $Change.data
            }
            'remove' {
                Remove-RegistryEntry $Change.path $Change.name
            }
            'remove_key' {
                $place = Split-RegistryPath $Change.path
                if (-not $place.Key) {
                    Stop-Module 'a whole hive cannot be removed'
                }
                $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey($place.Hive,
                    [Microsoft.Win32.RegistryView]::Registry64)
                $base.DeleteSubKeyTree($place.Key, $false)
            }
        }
    } | Out-Null
}
