# win_group_membership: members by SID, so that a member whose account is gone can be told and removed too.
# The cmdlets for local groups fail on such a member: https://github.com/PowerShell/PowerShell/issues/2996

function Read-State($Arguments) {
    $sid = ConvertTo-Sid $Arguments.name
    $entry = $null
    if ($sid) {
        $entry = Get-GroupBySid $sid
    }
    $asked = @($Arguments.members | Where-Object { $_ } | ForEach-Object { @{ name = $_; sid = (ConvertTo-Sid $_) } })
    if ($null -eq $entry) {
        return @{ sid = $null; members = @(); asked = $asked }
    }
    $members = @()
    foreach ($member in @($entry.psbase.Invoke('Members'))) {
        $one = Get-EntrySid $member
        $members += , @{ sid = $one; name = (ConvertFrom-Sid $one) }
    }
    return @{ sid = $sid; members = @($members | Sort-Object -Property { $_.sid }); asked = $asked }
}

function Invoke-Change($Change) {
    $entry = Get-GroupBySid $Change.group
    switch ($Change.op) {
        'join' {
            $entry.psbase.Invoke('Add', [object[]]@('WinNT://' + $Change.sid)) | Out-Null
        }
        'leave' {
            $entry.psbase.Invoke('Remove', [object[]]@('WinNT://' + $Change.sid)) | Out-Null
        }
    }
}
