# win_share: shares through SMB's cmdlets; accounts go by SID.

function Read-State($Arguments) {
    $asked = @{}
    foreach ($right in @('full', 'change', 'read', 'deny')) {
        foreach ($account in @($Arguments[$right] | Where-Object { $_ })) {
            $asked[$account] = ConvertTo-Sid $account
        }
    }
    $folder = $false
    if ($Arguments.path) {
        $folder = [System.IO.Directory]::Exists((Expand-Path $Arguments.path))
    }
    $share = Get-SmbShare -Name $Arguments.name -ErrorAction SilentlyContinue |
        Where-Object { -not $Arguments.scope_name -or $_.ScopeName -eq $Arguments.scope_name } |
        Select-Object -First 1
    if ($null -eq $share) {
        return @{ folder = $folder; share = $null; access = @(); asked = $asked }
    }
    $rights = @{ 0 = 'full'; 1 = 'change'; 2 = 'read'; 3 = 'custom' }
    $access = @(Get-SmbShareAccess -Name $Arguments.name -ErrorAction Stop | ForEach-Object {
            $control = 'allow'
            if ([int]$_.AccessControlType -eq 1) { $control = 'deny' }
            @{ sid = (ConvertTo-Sid $_.AccountName); name = [string]$_.AccountName; control = $control; right = $rights[[int]$_.AccessRight] }
        })
    return @{
        folder = $folder
        asked = $asked
        access = @($access | Sort-Object -Property { $_.name })
        share = @{
            path = [string]$share.Path
            description = [string]$share.Description
            caching = [int]$share.CachingMode
            enumeration = [int]$share.FolderEnumerationMode
            encrypt = [bool]$share.EncryptData
        }
    }
}

function Get-ScopeParameter($Change) {
    $values = @{}
    if ($Change.scope) {
        $values['ScopeName'] = [string]$Change.scope
    }
    return $values
}

function Invoke-Change($Change) {
    $scope = Get-ScopeParameter $Change
    $account = $null
    if ($Change.sid) {
        $account = ConvertFrom-Sid $Change.sid
    }
    switch ($Change.op) {
        'create' {
            # an account must be named, or everyone may read; it is taken away again at once
            $nobody = ConvertFrom-Sid 'S-1-5-32-544'
            New-SmbShare -Name $Change.path -Path (Expand-Path $Change.folder) -FullAccess $nobody @scope -ErrorAction Stop | Out-Null
            Revoke-SmbShareAccess -Name $Change.path -AccountName $nobody -Force -ErrorAction Stop | Out-Null
        }
        'remove' {
            Remove-SmbShare -Name $Change.path -Force @scope -ErrorAction Stop
        }
        'set' {
            $values = @{}
            if ($Change.set.ContainsKey('description')) { $values['Description'] = [string]$Change.set.description }
            if ($Change.set.ContainsKey('caching_mode')) { $values['CachingMode'] = [string]$Change.set.caching_mode }
            if ($Change.set.ContainsKey('encrypt')) { $values['EncryptData'] = [bool]$Change.set.encrypt }
            if ($Change.set.ContainsKey('list')) {
                $values['FolderEnumerationMode'] = 'AccessBased'
                if ($Change.set['list']) { $values['FolderEnumerationMode'] = 'Unrestricted' }
            }
            Set-SmbShare -Name $Change.path -Force @scope @values -ErrorAction Stop | Out-Null
        }
        'grant' {
            if ($Change.right -eq 'deny') {
                Block-SmbShareAccess -Name $Change.path -AccountName $account -Force -ErrorAction Stop | Out-Null
            }
            else {
                $words = @{ 'full' = 'Full'; 'change' = 'Change'; 'read' = 'Read' }
                Grant-SmbShareAccess -Name $Change.path -AccountName $account -AccessRight $words[[string]$Change.right] -Force -ErrorAction Stop | Out-Null
            }
        }
        'revoke' {
            if ($Change.right -eq 'deny') {
                Unblock-SmbShareAccess -Name $Change.path -AccountName $account -Force -ErrorAction Stop | Out-Null
            }
            else {
                Revoke-SmbShareAccess -Name $Change.path -AccountName $account -Force -ErrorAction Stop | Out-Null
            }
        }
    }
}
