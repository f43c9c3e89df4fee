# win_certificate_store: certificates through System.Security.Cryptography.X509Certificates.
# https://learn.microsoft.com/dotnet/api/system.security.cryptography.x509certificates.x509certificate2collection

function Open-Store([string]$Name, [string]$Location, [string]$Mode) {
    # by its name in the system; StoreName's CertificateAuthority is the only one that differs
    if ($Name -eq 'CertificateAuthority') { $Name = 'CA' }
    $store = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Store -ArgumentList $Name, $Location -ErrorAction Stop
    $store.Open([System.Security.Cryptography.X509Certificates.OpenFlags]$Mode)
    return , $store
}

function Read-CertificateFile([string]$Path, $Password, [string]$Flags) {
    # Every certificate of a file
    $found = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Certificate2Collection -ErrorAction Stop
    $text = [System.IO.File]::ReadAllText($Path)
    $pattern = '-----BEGIN CERTIFICATE-----(?<body>[A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----'
    $parts = [regex]::Matches($text, $pattern)
    if ($parts.Count -gt 0) {
        foreach ($part in $parts) {
            $found.Import([Convert]::FromBase64String(($part.Groups['body'].Value -replace '\s', '')))
        }
        return , $found
    }
    $storage = [System.Security.Cryptography.X509Certificates.X509KeyStorageFlags]$Flags
    try {
        $found.Import([System.IO.File]::ReadAllBytes($Path), [string]$Password, $storage)
    }
    catch {
        Stop-Module ('the certificate file cannot be read: ' + $_.Exception.GetBaseException().Message)
    }
    return , $found
}

function Read-State($Arguments) {
    $kind = 'absent'
    $inside = @()
    $path = $null
    if ($Arguments.path) {
        $path = Expand-Path $Arguments.path
        $kind = Get-PathKind $path
        if ([System.IO.Directory]::Exists($path)) { $kind = 'directory' }
        if ($kind -eq 'file') {
            $flags = 'EphemeralKeySet'
            if ($PSVersionTable.PSVersion.Major -lt 6) { $flags = 'DefaultKeySet' }
            try {
                $inside = @(Read-CertificateFile $path $Arguments.password $flags | ForEach-Object { $_ } | ForEach-Object { $_.Thumbprint })
            }
            catch {
                # a file that shall be written over may hold anything
                if ($Arguments.state -ne 'exported') { throw }
            }
        }
    }
    $store = Open-Store $Arguments.store_name $Arguments.store_location 'ReadOnly'
    try {
        $held = @($store.Certificates | ForEach-Object { $_.Thumbprint } | Sort-Object)
        $exported = $false
        if ($Arguments.state -eq 'exported' -and $kind -eq 'file') {
            $exported = Test-Exported $store $Arguments $path $inside
        }
    }
    finally {
        $store.Close()
    }
    return @{ kind = $kind; file = @($inside); store = $held; exported = $exported }
}

function Test-Exported($Store, $Arguments, [string]$Path, $Inside) {
    if ($Arguments.file_type -eq 'pkcs12') {
        # its bytes are others each time, its certificate is not
        return $Inside -contains $Arguments.thumbprint
    }
    $one = $Store.Certificates | Where-Object { $_.Thumbprint -eq $Arguments.thumbprint } | Select-Object -First 1
    if ($null -eq $one) {
        return $false
    }
    $wanted = [Convert]::ToBase64String((Get-ExportedBytes $one $Arguments.file_type $null))
    return $wanted -eq [Convert]::ToBase64String([System.IO.File]::ReadAllBytes($Path))
}

function Get-ExportedBytes($Certificate, [string]$Type, $Password) {
    if ($Type -eq 'pkcs12') {
        return , $Certificate.Export([System.Security.Cryptography.X509Certificates.X509ContentType]::Pkcs12, [string]$Password)
    }
    $der = $Certificate.Export([System.Security.Cryptography.X509Certificates.X509ContentType]::Cert)
    if ($Type -eq 'der') {
        return , $der
    }
    $body = [Convert]::ToBase64String($der, [System.Base64FormattingOptions]::InsertLineBreaks)
    $text = "-----BEGIN CERTIFICATE-----`r`n" + $body + "`r`n-----END CERTIFICATE-----`r`n"
    return , [System.Text.Encoding]::ASCII.GetBytes($text)
}

function Invoke-Change($Change) {
    $mode = 'ReadWrite'
    if ($Change.op -eq 'export') { $mode = 'ReadOnly' }
    $store = Open-Store $Change.store $Change.location $mode
    try {
        switch ($Change.op) {
            'import' {
                $flags = 'PersistKeySet'
                if ($Change.exportable) { $flags += ', Exportable' }
                if ($Change.storage -eq 'machine') { $flags += ', MachineKeySet' }
                if ($Change.storage -eq 'user') { $flags += ', UserKeySet' }
                foreach ($one in (Read-CertificateFile (Expand-Path $Change.file) $Change.password $flags)) {
                    if (@($Change.thumbprints) -contains $one.Thumbprint) {
                        $store.Add($one)
                    }
                }
            }
            'remove' {
                foreach ($one in @($store.Certificates)) {
                    if (@($Change.thumbprints) -contains $one.Thumbprint) {
                        $store.Remove($one)
                    }
                }
            }
            'export' {
                $one = $store.Certificates | Where-Object { @($Change.thumbprints) -contains $_.Thumbprint } | Select-Object -First 1
                [System.IO.File]::WriteAllBytes((Expand-Path $Change.path), (Get-ExportedBytes $one $Change.type $Change.password))
            }
        }
    }
    finally {
        $store.Close()
    }
}
