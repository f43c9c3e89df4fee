# win_user: local accounts through the directory provider WinNT, which PowerShell 5.1 and 7 both have.
# https://learn.microsoft.com/windows/win32/adsi/adsi-winnt-provider

function Get-EntryText($Entry, [string]$Name) {
    $property = $Entry.psbase.Properties[$Name]
    if ($null -eq $property -or $property.Count -eq 0) {
        return ''
    }
    return [string]$property[0]
}

function Get-MemberOf($Entry) {
    $found = @()
    foreach ($group in @($Entry.psbase.Invoke('Groups'))) {
        $name = [string]$group.GetType().InvokeMember('Name', 'GetProperty', $null, $group, $null)
        $sid = Get-EntrySid $group
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
    $entry = Get-LocalEntry $Arguments.name 'user'
    if ($null -eq $entry) {
        return @{ exists = $false; asked = $asked }
    }
    $fits = $false
    if ($null -ne $Arguments.password -and $Arguments.update_password -eq 'always') {
        $fits = Test-Password $Arguments.name $Arguments.password
    }
    $sid = New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList ([byte[]]$entry.psbase.Properties['objectSid'][0]), 0 -ErrorAction Stop
    return @{
        exists = $true
        asked = $asked
        fullname = (Get-EntryText $entry 'FullName')
        description = (Get-EntryText $entry 'Description')
        home_directory = (Get-EntryText $entry 'HomeDirectory')
        login_script = (Get-EntryText $entry 'LoginScript')
        profile = (Get-EntryText $entry 'Profile')
        flags = [int]$entry.psbase.Properties['UserFlags'][0]
        password_expired = ([int]$entry.psbase.Properties['PasswordExpired'][0] -ne 0)
        password_fits = $fits
        locked = [bool]$entry.psbase.InvokeGet('IsAccountLocked')
        sid = $sid.Value
        member_of = @(Get-MemberOf $entry)
    }
}

function Set-Member([string]$GroupSid, [string]$Name, [string]$Verb) {
    $entry = Get-GroupBySid $GroupSid
    $entry.psbase.Invoke($Verb, [object[]]@('WinNT://' + $env:COMPUTERNAME + '/' + $Name)) | Out-Null
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'create' {
            $entry = New-LocalEntry $Change.path 'user'
            if ($null -ne $Change.password) {
                $entry.psbase.Invoke('SetPassword', [object[]]@([string]$Change.password)) | Out-Null
            }
            $entry.psbase.CommitChanges()
        }
        'password' {
            (Get-LocalEntry $Change.path 'user').psbase.Invoke('SetPassword', [object[]]@([string]$Change.password)) | Out-Null
        }
        'set' {
            $entry = Get-LocalEntry $Change.path 'user'
            $names = @{ 'fullname' = 'FullName'; 'description' = 'Description'; 'home_directory' = 'HomeDirectory'
                'login_script' = 'LoginScript'; 'profile' = 'Profile' }
            foreach ($name in @($names.Keys)) {
                if ($Change.set.ContainsKey($name)) {
                    $entry.psbase.Properties[$names[$name]].Value = [string]$Change.set[$name]
                }
            }
            if ($Change.set.ContainsKey('flags')) {
                $entry.psbase.Properties['UserFlags'].Value = [int]$Change.set.flags
            }
            if ($Change.set.ContainsKey('password_expired')) {
                $entry.psbase.Properties['PasswordExpired'].Value = [int][bool]$Change.set.password_expired
            }
            if ($Change.unlock) {
                $entry.psbase.InvokeSet('IsAccountLocked', [object[]]@($false))
            }
            $entry.psbase.CommitChanges()
        }
        'join' {
            Set-Member $Change.sid $Change.path 'Add'
        }
        'leave' {
            Set-Member $Change.sid $Change.path 'Remove'
        }
        'remove' {
            Remove-LocalEntry (Get-LocalEntry $Change.path 'user')
        }
    }
}
