# win_group_membership: members by SID, so that a member whose account is gone can be told and removed too.
# The cmdlets for local groups fail on such a member: https://github.com/PowerShell/PowerShell/issues/2996

function Get-LocalGroupEntry([string]$Sid) {
    $name = (ConvertFrom-Sid $Sid).Split('\')[-1]
    $path = 'WinNT://' + $env:COMPUTERNAME + '/' + $name + ',group'
    if (-not [System.DirectoryServices.DirectoryEntry]::Exists($path)) {
        return $null
    }
    return New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList $path -ErrorAction Stop
}

function Read-State($Arguments) {
    $sid = ConvertTo-Sid $Arguments.name
    $entry = $null
    if ($sid) {
        $entry = Get-LocalGroupEntry $sid
    }
    $asked = @($Arguments.members | Where-Object { $_ } | ForEach-Object { @{ name = $_; sid = (ConvertTo-Sid $_) } })
    if ($null -eq $entry) {
        return @{ sid = $null; members = @(); asked = $asked }
    }
    $members = @()
    foreach ($member in @($entry.Invoke('Members'))) {
        $bytes = [byte[]]$member.GetType().InvokeMember('objectSid', 'GetProperty', $null, $member, $null)
        $one = (New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $bytes, 0 -ErrorAction Stop).Value
        $members += , @{ sid = $one; name = (ConvertFrom-Sid $one) }
    }
    return @{ sid = $sid; members = @($members | Sort-Object -Property { $_.sid }); asked = $asked }
}

function Invoke-Change($Change) {
    $entry = Get-LocalGroupEntry $Change.group
    switch ($Change.op) {
        'join' {
            $entry.Invoke('Add', [object[]]@('WinNT://' + $Change.sid)) | Out-Null
        }
        'leave' {
            $entry.Invoke('Remove', [object[]]@('WinNT://' + $Change.sid)) | Out-Null
        }
    }
}
