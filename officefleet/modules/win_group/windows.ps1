# win_group: local groups through the directory provider WinNT.

function Get-GroupEntry([string]$Name) {
    $short = $Name
    $sid = ConvertTo-Sid $Name
    if ($sid) {
        $short = (ConvertFrom-Sid $sid).Split('\')[-1]
    }
    $path = 'WinNT://' + $env:COMPUTERNAME + '/' + $short + ',group'
    if (-not [System.DirectoryServices.DirectoryEntry]::Exists($path)) {
        return $null
    }
    return New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList $path -ErrorAction Stop
}

function Read-State($Arguments) {
    $entry = Get-GroupEntry $Arguments.name
    if ($null -eq $entry) {
        return @{ exists = $false; description = $null }
    }
    return @{ exists = $true; description = [string]$entry.Properties['Description'][0] }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'create' {
            $machine = New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList ('WinNT://' + $env:COMPUTERNAME + ',computer') -ErrorAction Stop
            $entry = $machine.Children.Add($Change.path, 'group')
            $entry.CommitChanges()
            if ($Change.description) {
                $entry.InvokeSet('Description', [object[]]@([string]$Change.description))
                $entry.CommitChanges()
            }
        }
        'describe' {
            $entry = Get-GroupEntry $Change.path
            $entry.InvokeSet('Description', [object[]]@([string]$Change.description))
            $entry.CommitChanges()
        }
        'remove' {
            $entry = Get-GroupEntry $Change.path
            $entry.Parent.Children.Remove($entry)
        }
    }
}
