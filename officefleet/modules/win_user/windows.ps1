# win_user: local accounts through the directory provider WinNT, which PowerShell 5.1 and 7 both have.
# https://learn.microsoft.com/windows/win32/adsi/adsi-winnt-provider

function Get-UserEntry([string]$Name) {
    # The account, or $null
    $path = 'WinNT://' + $env:COMPUTERNAME + '/' + $Name + ',user'
    if (-not [System.DirectoryServices.DirectoryEntry]::Exists($path)) {
        return $null
    }
    return New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList $path -ErrorAction Stop
}

function Get-EntryText($Entry, [string]$Name) {
    $property = $Entry.Properties[$Name]
    if ($null -eq $property -or $property.Count -eq 0) {
        return ''
    }
    return [string]$property[0]
}

function Get-MemberOf($Entry) {
    $found = @()
    foreach ($group in @($Entry.Invoke('Groups'))) {
        $name = [string]$group.GetType().InvokeMember('Name', 'GetProperty', $null, $group, $null)
        $bytes = [byte[]]$group.GetType().InvokeMember('objectSid', 'GetProperty', $null, $group, $null)
        $sid = (New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $bytes, 0 -ErrorAction Stop).Value
        $found += , @{ sid = $sid; name = $name }
    }
    return $found
}

function Test-Password([string]$Name, [string]$Password) {
    # Only the machine's own accounts are asked, no domain
    Add-Type -AssemblyName System.DirectoryServices.AccountManagement -ErrorAction Stop
    $place = New-Object -TypeName System.DirectoryServices.AccountManagement.PrincipalContext -ArgumentList 'Machine' -ErrorAction Stop
    try {
        return [bool]$place.ValidateCredentials($Name, $Password)
    }
    catch {
        # an account that may not log on so can still hold another password
        return $false
    }
    finally {
        $place.Dispose()
    }
}

function Read-State($Arguments) {
    $asked = @($Arguments.groups | Where-Object { $_ } | ForEach-Object { @{ name = $_; sid = (ConvertTo-Sid $_) } })
    $entry = Get-UserEntry $Arguments.name
    if ($null -eq $entry) {
        return @{ exists = $false; asked = $asked }
    }
    $fits = $false
    if ($null -ne $Arguments.password -and $Arguments.update_password -eq 'always') {
        $fits = Test-Password $Arguments.name $Arguments.password
    }
    $sid = New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList ([byte[]]$entry.Properties['objectSid'][0]), 0 -ErrorAction Stop
    return @{
        exists = $true
        asked = $asked
        fullname = (Get-EntryText $entry 'FullName')
        description = (Get-EntryText $entry 'Description')
        home_directory = (Get-EntryText $entry 'HomeDirectory')
        login_script = (Get-EntryText $entry 'LoginScript')
        profile = (Get-EntryText $entry 'Profile')
        flags = [int]$entry.Properties['UserFlags'][0]
        password_expired = ([int]$entry.Properties['PasswordExpired'][0] -ne 0)
        password_fits = $fits
        locked = [bool]$entry.InvokeGet('IsAccountLocked')
        sid = $sid.Value
        member_of = @(Get-MemberOf $entry)
    }
}

function Set-Member([string]$GroupSid, [string]$Name, [string]$Verb) {
    # Groups are found by SID: their names are the host's language's
    $group = (ConvertFrom-Sid $GroupSid).Split('\')[-1]
    $path = 'WinNT://' + $env:COMPUTERNAME + '/' + $group + ',group'
    $entry = New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList $path -ErrorAction Stop
    $entry.Invoke($Verb, [object[]]@('WinNT://' + $env:COMPUTERNAME + '/' + $Name)) | Out-Null
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'create' {
            $machine = New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList ('WinNT://' + $env:COMPUTERNAME + ',computer') -ErrorAction Stop
            $entry = $machine.Children.Add($Change.path, 'user')
            if ($null -ne $Change.password) {
                $entry.Invoke('SetPassword', [object[]]@([string]$Change.password)) | Out-Null
            }
            $entry.CommitChanges()
        }
        'password' {
            (Get-UserEntry $Change.path).Invoke('SetPassword', [object[]]@([string]$Change.password)) | Out-Null
        }
        'set' {
            $entry = Get-UserEntry $Change.path
            $names = @{ 'fullname' = 'FullName'; 'description' = 'Description'; 'home_directory' = 'HomeDirectory'
                'login_script' = 'LoginScript'; 'profile' = 'Profile' }
            foreach ($name in @($names.Keys)) {
                if ($Change.set.ContainsKey($name)) {
                    $entry.InvokeSet($names[$name], [object[]]@([string]$Change.set[$name]))
                }
            }
            if ($Change.set.ContainsKey('flags')) {
                $entry.InvokeSet('UserFlags', [object[]]@([int]$Change.set.flags))
            }
            if ($Change.set.ContainsKey('password_expired')) {
                $entry.InvokeSet('PasswordExpired', [object[]]@([int][bool]$Change.set.password_expired))
            }
            if ($Change.unlock) {
                $entry.InvokeSet('IsAccountLocked', [object[]]@($false))
            }
            $entry.CommitChanges()
        }
        'join' {
            Set-Member $Change.sid $Change.path 'Add'
        }
        'leave' {
            Set-Member $Change.sid $Change.path 'Remove'
        }
        'remove' {
            $entry = Get-UserEntry $Change.path
            $entry.Parent.Children.Remove($entry)
        }
    }
}
