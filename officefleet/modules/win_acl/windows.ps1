# win_acl: explicit rules of an access list, as numbers.
# https://learn.microsoft.com/dotnet/api/system.security.accesscontrol.filesystemaccessrule

function Get-AclPlace([string]$Path, [bool]$Follow) {
    # @{ Path; Kind } for Get-Acl; a registry path becomes one of the provider
    if ($Path -match '^(?i)HK(LM|CU|CR|U|CC):?\\') {
        $place = Split-RegistryPath $Path
        $names = @{ 'LocalMachine' = 'HKEY_LOCAL_MACHINE'; 'CurrentUser' = 'HKEY_CURRENT_USER'; 'ClassesRoot' = 'HKEY_CLASSES_ROOT'
            'Users' = 'HKEY_USERS'; 'CurrentConfig' = 'HKEY_CURRENT_CONFIG' }
        $full = 'Registry::' + $names[$place.Hive] + '\' + $place.Key
        $kind = 'absent'
        if (Test-Path -LiteralPath $full -ErrorAction SilentlyContinue) { $kind = 'key' }
        return @{ Path = $full; Kind = $kind }
    }
    $full = Expand-Path $Path
    $kind = Get-PathKind $full
    if ($kind -eq 'link') {
        if ($Follow) {
            $item = Get-Item -LiteralPath $full -Force -ErrorAction Stop
            $full = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($full), [string]@($item.Target)[0]))
        }
        $kind = 'file'
        if ([System.IO.Directory]::Exists($full)) { $kind = 'directory' }
    }
    return @{ Path = $full; Kind = $kind }
}

function Read-State($Arguments) {
    $place = Get-AclPlace $Arguments.path ([bool]$Arguments.follow)
    $sid = ConvertTo-Sid $Arguments.user
    $rules = @()
    if ($place.Kind -ne 'absent') {
        $acl = Get-Acl -LiteralPath $place.Path -ErrorAction Stop
        # explicit rules only, accounts as SIDs
        foreach ($one in @($acl.GetAccessRules($true, $false, [System.Security.Principal.SecurityIdentifier]))) {
            $bits = $one.FileSystemRights
            if ($place.Kind -eq 'key') { $bits = $one.RegistryRights }
            $type = 'allow'
            if ([int]$one.AccessControlType -eq 1) { $type = 'deny' }
            $rules += , @{ sid = $one.IdentityReference.Value; rights = [int]$bits; type = $type
                inherit = [int]$one.InheritanceFlags; propagation = [int]$one.PropagationFlags }
        }
    }
    return @{ kind = $place.Kind; sid = $sid; rules = @($rules) }
}

function Invoke-Change($Change) {
    $place = Get-AclPlace $Change.path ([bool]$Change.follow)
    $rule = $Change.rule
    $account = New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $rule.sid -ErrorAction Stop
    $type = [System.Security.AccessControl.AccessControlType]::Allow
    if ($rule.type -eq 'deny') { $type = [System.Security.AccessControl.AccessControlType]::Deny }
    $inherit = [System.Security.AccessControl.InheritanceFlags][int]$rule.inherit
    $propagation = [System.Security.AccessControl.PropagationFlags][int]$rule.propagation
    if ($place.Kind -eq 'key') {
        $entry = New-Object -TypeName System.Security.AccessControl.RegistryAccessRule -ErrorAction Stop -ArgumentList @(
            $account, [System.Security.AccessControl.RegistryRights][int]$rule.rights, $inherit, $propagation, $type)
    }
    else {
        $entry = New-Object -TypeName System.Security.AccessControl.FileSystemAccessRule -ErrorAction Stop -ArgumentList @(
            $account, [System.Security.AccessControl.FileSystemRights][int]$rule.rights, $inherit, $propagation, $type)
    }
    $acl = Get-Acl -LiteralPath $place.Path -ErrorAction Stop
    switch ($Change.op) {
        'add' {
            $acl.AddAccessRule($entry)
        }
        'remove' {
            $acl.RemoveAccessRuleSpecific($entry)
        }
    }
    Set-Acl -LiteralPath $place.Path -AclObject $acl -ErrorAction Stop
}
