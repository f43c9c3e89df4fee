# win_group: local groups through the directory provider WinNT.

function Get-GroupEntry([string]$Name) {
    $short = $Name
    $sid = ConvertTo-Sid $Name
    if ($sid) {
        $short = (ConvertFrom-Sid $sid).Split('\')[-1]
    }
    return Get-LocalEntry $short 'group'
}

function Read-State($Arguments) {
    $entry = Get-GroupEntry $Arguments.name
    if ($null -eq $entry) {
        return @{ exists = $false; description = $null }
    }
    return @{ exists = $true; description = [string]$entry.psbase.Properties['Description'][0] }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'create' {
            $entry = New-LocalEntry $Change.path 'group'
            $entry.psbase.CommitChanges()
            if ($Change.description) {
                $entry.psbase.Properties['Description'].Value = [string]$Change.description
                $entry.psbase.CommitChanges()
            }
        }
        'describe' {
            $entry = Get-GroupEntry $Change.path
            $entry.psbase.Properties['Description'].Value = [string]$Change.description
            $entry.psbase.CommitChanges()
        }
        'remove' {
            Remove-LocalEntry (Get-GroupEntry $Change.path)
        }
    }
}
